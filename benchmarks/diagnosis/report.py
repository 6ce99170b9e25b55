"""Outcomes -> DIAGNOSIS.md."""
def write_report(parts, found):
    return ""
