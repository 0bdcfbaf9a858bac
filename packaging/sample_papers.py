"""Texts of the sample papers that are made as PDF and DOCX. Own writing; nobody in it exists.

In the lease a word written as ``ad|vance`` may be hyphenated there at the end of a line.
"""

LEASE_TITLE = "Tenancy agreement, 14 Harbour Terrace, top floor"

# One list per page; a string is a paragraph, ("h", text) a heading, ("n", text) a clause.
LEASE = [
    [
        ("h1", "Tenancy agreement"),
        (
            "between Mrs. Folasade Adeyemi, 2 Orchard Lane, Bath (the landlord), and Ms. "
            "Maren Holt and Mr. Theo Lindqvist (the tenants), made on 3 March 2024, for the "
            "flat on the top floor of 14 Harbour Terrace, Bristol, with three rooms, kitchen, "
            "bath and the cellar room marked C."
        ),
        ("h", "1  Term"),
        (
            "The tenancy begins on 1 April 2024 and runs for twelve months. It then goes on "
            "from month to month until it is ended. The tenants may end it with two months' "
            "notice, the land|lord with four, in both cases in writing and to the end of a "
            "calendar month."
        ),
        ("h", "2  Rent"),
        (
            "The rent is 1,180 pounds a month and is paid in ad|vance by standing order on "
            "the first working day. It includes water and the clean|ing of the stairs. It "
            "does not include elec|tricity, gas and the tele|phone. The rent may be raised "
            "once a year, with three months' notice, and by no more than the index of "
            "consumer prices."
        ),
        ("h", "3  Deposit"),
        (
            "The tenants pay a deposit of 1,361 pounds, which is five weeks' rent. The "
            "land|lord lodges it within thirty days with a protected scheme and gives the "
            "tenants the number of the cer|tificate. It is returned within ten days after the "
            "keys have been handed back, less what both sides have agreed in writing."
        ),
    ],
    [
        ("h", "4  Use of the flat"),
        (
            "n",
            "1. The flat is let as a home. Teaching and light repair work at a bench are "
            "allowed, a workshop with customers is not.",
        ),
        (
            "n",
            "2. The tenants may keep one upright piano. It stands on the inner wall of the "
            "large room, on the insulating cups supplied by the land|lord. It is not played "
            "between nine in the evening and eight in the morning.",
        ),
        ("n", "3. One dog is allowed. Damage to the oak floor by claws counts as wear."),
        (
            "n",
            "4. Bicycles are kept in cellar room C and not on the stairs, which are the way "
            "out in case of fire.",
        ),
        ("h", "5  Heating and repairs"),
        (
            "The boiler in the kitchen is serviced every Octo|ber at the land|lord's cost. If "
            "the pressure falls below one bar the tenants top it up with the black tap under "
            "the sink until the needle stands at one and a half. Faults are reported within "
            "three days to Mrs. Adeyemi, by tele|phone in the case of water or gas. Small "
            "repairs up to 60 pounds are paid by the tenants, at most 180 pounds in any year."
        ),
        (
            "The skylight above the stairs is known to leak in wind from the south-west. The "
            "land|lord has under|taken to have its frame renewed before 30 Septem|ber 2024. "
            "Until then the tenants put the bucket provided under it and are not liable for "
            "marks on the step below."
        ),
    ],
    [
        ("h", "6  Handing back"),
        (
            "The flat is handed back swept and with all keys. The walls need not be painted "
            "unless they have been painted in strong colours; the yellow of the kitchen was "
            "there before. Holes of picture hooks are not damage. Holes of shelves are filled."
        ),
        ("h", "7  Keys"),
        (
            "The tenants receive three keys to the street door, three to the flat, two to "
            "cellar room C and one to the letter box. The safe key is left with Mr. "
            "Kowal|czyk on the first floor, who may use it in an emergency only."
        ),
        ("h", "8  Readings at the start"),
        (
            "Electricity 48,213 kWh; gas 7,960 cubic metres; water 311 cubic metres. Read "
            "together on 1 April 2024 at ten in the morning, with both parties and the dog "
            "present."
        ),
        "Bristol, 3 March 2024. Signed: F. Adeyemi, M. Holt, T. Lindqvist.",
    ],
]

LETTER_TITLE = "Letter to Mrs. Adeyemi about the skylight"

# (style, text); a list is a table with its header row first.
LETTER: list[tuple[str, str] | list[tuple[str, ...]]] = [
    ("Normal", "Maren Holt and Theo Lindqvist, 14 Harbour Terrace, top floor, Bristol"),
    ("Normal", "17 November 2024"),
    ("Heading 1", "The skylight above the stairs"),
    ("Normal", "Dear Mrs. Adeyemi,"),
    (
        "Normal",
        "thank you for the plums, they are all gone. I am sorry to come back with the "
        "skylight so soon. You had meant to have the frame renewed by the end of September, "
        "and I know that the roofer let you down twice. In the storm of Saturday night the "
        "bucket was full by four in the morning and the water found its way to the landing of "
        "the third floor.",
    ),
    ("Heading 2", "What is damaged"),
    ("List Bullet", "the top step: the varnish has lifted over a hand's breadth"),
    ("List Bullet", "the wallpaper of the landing, from the ceiling to the light switch"),
    ("List Bullet", "a box of our books, which was our own fault, it should not have stood there"),
    ("Heading 2", "What we have done"),
    (
        "Normal",
        "Theo has screwed a sheet of polycarbonate over the outside, which holds for the "
        "moment. He is not a roofer and the wind is. Mr. Kowalczyk has taken photographs with "
        "the date on them, in case your insurer asks. The claim number they gave you in "
        "October was BR-20931.",
    ),
    ("Heading 2", "Two offers"),
    ("Normal", "Because you asked whether we knew somebody, we asked around:"),
    [
        ("Roofer", "Work", "Price", "Could begin"),
        ("Brigstow Roofing", "new hardwood frame, lead flashing", "£1,140", "9 December"),
        ("A. Penhale", "repair of the old frame, new seals", "£420", "2 December"),
    ],
    (
        "Normal",
        "If it were ours we would take the new frame, since the old wood is soft down to the "
        "screws. But it is yours, and either would let us sleep. May I ask you for a word by "
        "the end of the month?",
    ),
    (
        "Normal",
        "One thing more, and a nicer one: the boiler man came on 24 October and found "
        "nothing. He has left a sticker. The next service is due in October 2025.",
    ),
    ("Normal", "With kind regards from all three of us, Biscuit included,"),
    ("Normal", "Maren Holt"),
]
