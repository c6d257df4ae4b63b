"""Choices about a sheet that a page sends."""

from typing import Any, Dict, List, Optional

#: The largest id that a column holds.
_LARGEST_ID = 2**31 - 1


def sheet_changes(value: Any) -> Optional[List[Dict[str, Any]]]:
    """Return the choices that a page sends about a sheet: [{id, status, late, was, all}]; None if
    they have another form."""
    if not isinstance(value, (list, tuple)):
        return None
    changes = []
    for change in value:
        if not isinstance(change, dict):
            return None
        late, status, was = change.get("late") or 0, change.get("status"), change.get("was")
        is_number = all(
            isinstance(part, int) and abs(part) <= _LARGEST_ID for part in (change.get("id"), late)
        )
        if not (is_number and isinstance(status, str) and isinstance(was, str)):
            return None
        changes.append(
            {
                "id": change["id"],
                "status": status,
                "late": late,
                "was": was,
                "all": bool(change.get("all")),
            }
        )
    return changes
