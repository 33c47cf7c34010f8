"""The API's limits, those of `deskstream_ingest.api.requests.fields`."""

import re

TEXT_MAX_CHARS = 65_536
LINE_MAX_CHARS = 500
ID_MAX_CHARS = 200
URL_MAX_CHARS = 2_048
ATTRIBUTES_MAX = 50
TAGS_MAX = 50
MESSAGES_MAX = 500
CODE_MAX_CHARS = 100
CODE = re.compile(r"[a-z0-9][a-z0-9_.:-]{0,99}")
