{
    "name": "A foreign school without a sheet of its own",
    "summary": "For tests: the product's sheet is the school's, and is corrected on its page",
    "version": "13.0.1.0.0",
    "category": "Hidden",
    "author": "Classroom Telegram",
    "license": "Other proprietary",
    "depends": ["foreign_school_telegram"],
    "data": [],
}
