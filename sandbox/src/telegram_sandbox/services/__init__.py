"""The methods, a module for each namespace of the schema. All are loaded by `load_services()`."""
