"""Passages for documents that are shown: plain prose of a port, written for this purpose."""

_TEXT = """
The gate is closed two hours before high water and opened again when the level outside has fallen below the level of
the basin. Between these times vessels wait at the outer dolphins, unless the harbour master has given leave to moor
at the lock's south wall.

Tidal predictions hold for mean air pressure. A fall of one hectopascal raises the water by about one centimetre; wind
from the north-west for more than six hours raises it further. The table on the following page gives the corrections.

Each movement of the gate is entered in the log with its time, the levels inside and outside, and the name of the person
who gave the order. An entry is never struck out. A mistake is corrected by a further entry that names the first.

Maintenance of the lower hinge was carried out in October. The bearing showed wear on the seaward side, within the limits
of the manual. The next inspection is due after four hundred movements or in April, whichever comes first.

Dues are charged by gross tonnage for each tide or part of a tide. Vessels that wait because the gate cannot be opened
are not charged for the time of the delay, if the delay was not of their making.

In case of fire on the quay the gate stays as it is. The pumps are started from the control room, and the inner basin is
cleared first.
"""

PASSAGES = tuple(" ".join(paragraph.split()) for paragraph in _TEXT.strip().split("\n\n"))
