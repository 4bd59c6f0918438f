"""Files here and in object stores: what is read is fetched, a finished folder is published.

>>> local("s3://presse/gold/train.csv")
PosixPath('data/remote/3f2a9c11d0e4/train.csv')
>>> publish(Path("data/runs/presse-1a2b3c4d"), "s3://presse/runs/1a2b3c4d")
Published(sent=27, size=310482, same=0)

URLs are those of fsspec: `s3://` with the extra `s3`, `file://`, `memory://` and its others.
"""

from augment.files.copies import CACHE, fetch, local
from augment.files.outlet import JOURNAL, Published, check, publish, sending
from augment.files.place import Listed, here, is_url, listing, stays_local

__all__ = [
    "CACHE",
    "JOURNAL",
    "Listed",
    "Published",
    "check",
    "fetch",
    "here",
    "is_url",
    "listing",
    "local",
    "publish",
    "sending",
    "stays_local",
]
