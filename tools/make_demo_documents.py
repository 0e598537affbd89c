"""Make the sample documents of `tidegate demo`: `python -m tools.make_demo_documents`.

They are about a harbour that does not exist. Most can be read; some cannot, each for a reason of its own. The same code
gives the same bytes; the files are committed.
"""

from pathlib import Path

from tools import demo_formats as formats
from tools.demo_scan import scan

FOLDER = Path(__file__).parents[1] / "src" / "tidegate" / "demo" / "documents"

RULES = (
    """Hallvik Harbour Authority
Harbour Rules, part 1: arriving

1. A vessel of more than 50 metres announces its arrival on VHF channel 12
   at least six hours ahead, with its draught and its last port.
2. Pilotage is compulsory for tankers and for every vessel above 90 metres.
3. No vessel passes the outer breakwater while the storm signal is shown.
4. The speed limit inside the harbour is six knots.""",
    """Harbour Rules, part 2: lying alongside

5. Berths are assigned by the harbour master. The schedule is published daily.
6. Mooring lines are checked at every turn of the tide.
7. Shore power is used wherever the berth has it; engines are stopped.
8. Dangerous goods are declared before the first line is ashore.""",
    """Harbour Rules, part 3: leaving

9. Clearance is given when harbour dues are paid and the waste note is signed.
10. A vessel that leaves at night carries its towing lights until the fairway buoy.
11. Appeals against a decision of the harbour master go to the harbour board
    within fourteen days.""",
)

NOTICE = """Hallvik Harbour Authority
Notice to mariners 14/2025: pilot boarding position moved

From 1 March the pilot boards two nautical miles west of the Grey Skerry light.
The former position is closed because of the wind farm cable.
Masters who cannot reach the new position in a westerly gale ask the pilot
station for shelter in the Inner Sound.

Chart 2207 is corrected accordingly."""

DREDGING = (
    "Dredging report, north basin, second quarter",
    "The bucket dredger Ragnhild removed 41,500 cubic metres of silt between April and June.",
    "The controlling depth of the north basin is 11.2 metres again.",
    "Samples from station N4 showed a raised content of tin compounds.",
    "That material was not dumped at sea but taken to the landfill at Brekke.",
    "Work stopped on nine days because of swell above one and a half metres.",
    "The next survey with the multibeam echo sounder is planned for October.",
)

BERTHS: tuple[tuple[str | int, ...], ...] = (
    ("Berth", "Vessel", "Arrival", "Departure", "Length m", "Cargo"),
    ("North 1", "Solveig Star", "2025-06-02 06:40", "2025-06-03 18:00", 142, "timber"),
    ("North 2", "Kestrel Bay", "2025-06-02 11:15", "2025-06-02 23:30", 98, "containers"),
    ("Oil pier", "Amber Meridian", "2025-06-03 04:00", "2025-06-04 09:00", 183, "gas oil"),
    ("Quay 7", "Lady Ingrid", "2025-06-03 13:20", "2025-06-05 07:45", 76, "fish meal"),
    ("Ferry slip", "Hallvik Express", "2025-06-02 07:00", "2025-06-02 07:30", 64, "passengers"),
)

STORM = (
    "Storm surge plan",
    "At a forecast of 180 centimetres above mean high water the duty officer raises the yellow signal and calls the pump crews.",
    "At 220 centimetres the flood gate of the inner basin is closed. It takes forty minutes; small craft leave before.",
    "Cranes are parked, pinned and tied down at wind force nine. Containers are stacked no higher than two.",
    "The muster point for everybody ashore is the rope store on Quay 3.",
)

VISITORS = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Visiting Hallvik harbour</title></head>
<body>
<h1>Visiting Hallvik harbour</h1>
<p>The lighthouse museum on the Grey Skerry is open from May to September.
The museum boat leaves from the ferry slip every hour.</p>
<p>Guest berths for sailing yachts are on the south pontoon.
Fresh water, showers and a washing machine are in the old customs house.</p>
<h2>Safety</h2>
<p>Please keep off the container quay: straddle carriers cannot see you. Children wear life jackets on the pontoons.</p>
</body></html>
"""

WATCH = """# Night watch, 17 June

- **22:10** Tug *Hardanger* reports a drifting pontoon near buoy 6. Taken in tow, moored at Quay 7.
- **23:55** The tide gauge in the inner basin shows a steady value. Float cleaned, reading normal again.
- **01:30** Bilge water smell reported by the yacht harbour. Source not found.
- **03:05** *Amber Meridian* shifts from the oil pier to the anchorage, pilot aboard.

## For the day watch

The lamp of the leading light **Hallvik rear** flickers. Spare bulbs are in the rope store.
"""

TONNAGE = """month,vessels,cargo_tonnes,passengers,harbour_dues
January,61,148200,9100,412300
February,58,139750,8800,398100
March,70,171300,10400,455900
April,74,180250,13900,473400
May,83,192600,19850,501700
June,91,201100,27300,530250
"""

COMPLAINT = """From: Berit Lund <berit.lund@example.org>
To: Harbour Office <office@hallvik-harbour.example>
Date: Tue, 3 Jun 2025 08:12:00 +0200
Subject: Noise from the timber quay at night
Message-ID: <20250603.0812@example.org>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Dear harbour office,

since Monday the timber quay has been working past midnight. The reversing alarm
of the log stacker can be heard in the whole of Strandgata. Your own permit says
that loading ends at ten in the evening.

Would you please tell me whom I can call when it happens again?

Kind regards
Berit Lund
"""

ORDNUNG = """Hafenordnung Hallvik, Auszug für deutschsprachige Schiffsführer

§ 3 Höchstgeschwindigkeit
Innerhalb der Molen gilt eine Höchstgeschwindigkeit von sechs Knoten. Überholen ist verboten.

§ 7 Gefährliche Güter
Gefährliche Güter sind vor dem Festmachen anzumelden. Das Umfüllen von Treibstoff bedarf der Erlaubnis
des Hafenkapitäns; während des Umfüllens ist das Rauchen auf dem ganzen Kai untersagt.

§ 12 Gebühren
Liegegebühren werden täglich um zwölf Uhr fällig. Für Traditionsschiffe ermäßigen sie sich auf die Hälfte.
"""

MANIFEST = (
    "HALLVIK HARBOUR AUTHORITY",
    "CARGO MANIFEST NO. 2025/0617",
    "",
    "VESSEL: KESTREL BAY",
    "FROM: ROTTERDAM",
    "",
    "24 CONTAINERS OF MACHINE PARTS",
    "6 REFRIGERATED CONTAINERS, CITRUS FRUIT",
    "1 LIFEBOAT ENGINE FOR THE RESCUE STATION",
    "",
    "CHECKED BY THE CUSTOMS OFFICER",
)


def documents() -> dict[str, bytes]:
    """Return every sample by its file name."""
    notice = formats.pdf("Notice to mariners 14/2025", [NOTICE])
    width, rows = scan(MANIFEST)
    return {
        "harbour-rules.pdf": formats.pdf("Harbour Rules", RULES),
        "notice-to-mariners.pdf": notice,
        "dredging-report.docx": formats.docx(DREDGING),
        "berth-schedule.xlsx": formats.xlsx("Berths", BERTHS),
        "storm-surge-plan.odt": formats.odt(STORM),
        "visitors.html": VISITORS.encode(),
        "night-watch.md": WATCH.encode(),
        "tonnage-2025.csv": TONNAGE.encode(),
        "noise-complaint.eml": COMPLAINT.encode(),
        "hafenordnung.txt": ORDNUNG.encode(),
        "cargo-manifest-scan.png": formats.png(width, rows),
        "notice-to-mariners-copy.pdf": notice,
        # From here on: what cannot be read.
        "crew-salaries-protected.docx": formats.protected_office(6000),
        "crane-inspection-damaged.pdf": b"%PDF-1.4\n" + formats.noise(3000),
        "tide-gauge-empty.csv": b"",
        "channel-12-recording.wav": formats.wav(8),
        "invoice-4711.pdf": formats.program(),
    }


def main() -> None:
    """Write them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in documents().items():
        (FOLDER / name).write_bytes(content)
        print(f"{len(content):>6} {name}")


if __name__ == "__main__":
    main()
