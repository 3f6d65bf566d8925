"""How far from UTC is a time zone that Adyen names? By its abbreviation, which says whether it is
summer: CET is never CEST. One that several countries use for different times has that of one of
them here: CST is North America's, IST India's, BST Britain's.

Source: IANA Time Zone Database, release 2025b, and its releases before 2017 for BRT, GST, ICT, MYT,
SGT and TRT.
"""

_NAMES_BY_OFFSET = {
    "-10:00": "HST",
    "-09:00": "AKST",
    "-08:00": "PST AKDT",
    "-07:00": "MST PDT",
    "-06:00": "CST MDT",
    "-05:00": "EST CDT",
    "-04:00": "EDT AST",
    "-03:00": "BRT ADT",
    "+00:00": "UTC GMT WET",
    "+01:00": "CET MET WEST BST",
    "+02:00": "CEST MEST EET SAST",
    "+03:00": "EEST MSK TRT",
    "+04:00": "GST",
    "+05:30": "IST",
    "+07:00": "WIB ICT",
    "+08:00": "SGT HKT MYT AWST",
    "+09:00": "JST KST",
    "+09:30": "ACST",
    "+10:00": "AEST",
    "+10:30": "ACDT",
    "+11:00": "AEDT",
    "+12:00": "NZST",
    "+13:00": "NZDT",
}

OFFSETS: dict[str, str] = {
    name: offset for offset, names in _NAMES_BY_OFFSET.items() for name in names.split()
}
"""By the abbreviation."""
