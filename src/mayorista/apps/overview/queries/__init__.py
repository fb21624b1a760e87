"""One query per screen; each returns frozen values, so that a template can neither ask nor leak."""
