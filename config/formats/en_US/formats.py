"""As an office in the United States writes and types them."""

DATE_FORMAT = SHORT_DATE_FORMAT = "M j, Y"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "M j, Y H:i"
TIME_FORMAT = "H:i"
DATE_INPUT_FORMATS = ["%m/%d/%Y", "%Y-%m-%d"]
