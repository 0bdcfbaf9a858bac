"""A made-up household for the benchmark "enough": papers, notes and talks. Own writing; nobody
in it exists.

A paper is a title and its paragraphs, a talk is who said what, in order. What is asked of them
stands in ``tests.bench.enough_questions``.
"""

from __future__ import annotations

PAPERS: dict[str, tuple[str, ...]] = {
    "Tarn Energy, statement for 2024": (
        "Statement of account for Rosalind Achter, 9 Quay Lane, second floor. Period from 1 "
        "January to 31 December 2024. Electricity used: 2,184 kWh. Tariff: Tarn Steady, 27.4 "
        "pence per kWh, standing charge 48 pence a day.",
        "You paid 62 pounds a month by direct debit, 744 pounds in all. Your use came to 773.62 "
        "pounds. Please pay the difference of 29.62 pounds by 28 February 2025.",
        "From 1 March 2025 your monthly payment will be 66 pounds. The tariff is fixed until 30 "
        "June 2026. Ending it earlier costs 45 pounds.",
    ),
    "Letter from the dental practice": (
        "Dear Ms. Achter, at your check-up on 14 May 2024 Dr. Lindsay Moreau found a cracked "
        "filling in the lower left molar. We recommend a ceramic crown. The estimate is 615 "
        "pounds, of which your plan covers 240.",
        "The appointment for the crown needs ninety minutes. Please eat beforehand, and tell us "
        "if you still take the blood thinner. We are closed from 5 to 19 August.",
    ),
    "Washing machine Velda W70, instructions": (
        "Before first use remove the four transport bolts at the back with a 13 mm spanner. Keep "
        "the bolts. Moving the machine without them voids the guarantee.",
        "Error E18 means the water cannot drain. Switch off, open the flap at the lower right, "
        "put a shallow dish beneath it and turn the filter to the left. Remove coins and fluff.",
        "Error E05 means no water comes in: open the tap and clean the sieve in the inlet hose. "
        "The wool programme runs at 30 degrees with 800 turns; load at most 2 kilograms.",
        "Once a month run the drum empty at 90 degrees with washing soda against smells. Leave "
        "the door ajar after washing.",
    ),
    "Contract with the gym at Mill Road": (
        "Membership of Rosalind Achter from 1 September 2023, twelve months, 34 pounds a month. "
        "It goes on by the month afterwards and can be ended with four weeks' notice by letter "
        "or in the app.",
        "Pausing for illness is free with a doctor's note, otherwise 5 pounds a month. A lost "
        "band costs 10 pounds. The sauna is not included; a day ticket is 7 pounds.",
    ),
    "Housing association, minutes of 11 November 2024": (
        "Present: twelve of sixteen flats. Mr. Balogun took the chair, Mrs. Tennant the minutes. "
        "The roof of the bicycle shed will be renewed in spring by the firm Harrow and Sons for "
        "4,350 pounds, eleven votes against one.",
        "The lift: the inspector asks for a new emergency telephone before 31 March. The cost of "
        "890 pounds comes out of the reserve, which stands at 23,400 pounds.",
        "Prams may stand under the stairs, shoe racks may not. The next meeting is on 10 March "
        "2025 at seven in the laundry room.",
    ),
    "Vet's invoice for Pepper": (
        "Patient: Pepper, cat, neutered female, 4.6 kg. 3 June 2024. Examination 38 pounds, "
        "removal of tartar under anaesthetic 190 pounds, one tooth extracted 45 pounds, painkiller "
        "drops for five days 12.50 pounds. Total 285.50 pounds.",
        "Soft food for a week. The vaccination against cat flu is due in October. Please bring "
        "the yellow booklet.",
    ),
    "Booking confirmation, Pension Alpenrose": (
        "Two rooms with a view of the lake from 17 to 24 August 2024, half board, for Rosalind "
        "Achter and Benedikt Achter with family. Price 1,940 euros, 300 euros paid in advance.",
        "Dinner is served at half past six. The funicular runs until nine in the evening. Dogs "
        "are welcome at 8 euros a night. Free cancellation until 1 August.",
    ),
    "Rye bread with seeds": (
        "For two tins: 750 g coarse rye flour, 250 g wheat flour, 850 ml lukewarm water, 200 g "
        "ripe sourdough, 22 g salt, 150 g sunflower seeds, a spoon of black treacle.",
        "Stir, do not knead. Fill the tins two thirds, smooth with a wet hand and leave for three "
        "hours at 26 degrees until it reaches the rim.",
        "Bake at 240 degrees for a quarter of an hour, then 70 minutes at 180. Wrap in a cloth and "
        "wait a day before cutting. Godmother Tilda added caraway; I leave it out.",
    ),
    "Motor insurance certificate": (
        "Insured: Rosalind Achter. Vehicle: Skoda Fabia estate, first registered 2016, number "
        "plate LK16 TRV. Annual premium 418 pounds, excess 250 pounds. Named driver: Sanne "
        "Dijkstra. Valid from 12 February 2025 for one year.",
        "In case of breakdown call the number on the back of the card. Towing is covered up to 60 "
        "kilometres. A hire car is covered for five days after an accident, not after a breakdown.",
    ),
    "School letter, class 3b": (
        "Dear parents, the trip to the transport museum is on Thursday 6 February 2025. We meet "
        "at twenty past eight at the gate. Please give your child a packed lunch, a rain jacket "
        "and 9 pounds in an envelope. Teacher: Ms. Farrukh.",
        "Two cases of scarlet fever have been reported. Children stay at home for 24 hours after "
        "the first dose of antibiotics.",
    ),
    "Translation agreement with Brandt Verlag": (
        "The translator, Rosalind Achter, translates the novel Salt Road by Ilse Kamper from "
        "German into English, about 94,000 words. Delivery: 30 September 2025. Fee: 11,280 pounds "
        "in three parts, on signing, on delivery and on publication.",
        "The translator receives two per cent of sales above 5,000 copies and ten free copies. Her "
        "name stands on the cover. Changes by the editor need her consent.",
    ),
    "Boiler service report": (
        "Greenhalgh Heating, 22 October 2024. Boiler Thermex 24, built 2011. Burner cleaned, "
        "electrode changed, expansion vessel pumped up to 0.9 bar. Flue gas within limits. The "
        "circulation pump is loud and will not last another winter; a new one costs 310 pounds "
        "fitted.",
    ),
    "Pay slip, evening classes": (
        "Northgate College, November 2024. Course: German for beginners, Tuesdays, 8 evenings at "
        "41 pounds. Gross 328 pounds, deducted 26.24 pounds pension. Paid on 29 November.",
    ),
    "Library, reminder": (
        "Dear reader, these are overdue since 4 January 2025: The Mushroom Book of the North; "
        "Letters of a Lighthouse Keeper. The fee is 20 pence a day for each. Three more books are "
        "due on 20 January. You can renew twice.",
    ),
    "Hearing test of Mother": (
        "Mrs. Hedwig Achter, born 3 April 1947. Moderate loss on the right, slight on the left. "
        "Hearing aids recommended for both sides; trial of the model Soniva 3 for four weeks. "
        "Batteries last about nine days. Check-up on 16 December 2024 with Mr. Nkemelu.",
    ),
    "Bicycle workshop, order 5521": (
        "Touring bicycle, green, frame number WX88203. New chain and cassette 74 pounds, brake "
        "pads front and rear 28 pounds, wheel trued 18 pounds. Ready on Friday after two. Note: "
        "the rear tyre is worn, size 37-622.",
    ),
}

NOTES: tuple[str, ...] = (
    "The key to the cellar hangs behind the spice rack. The padlock of the bike shed is 4-0-7-3.",
    "Sanne takes oat milk, no sugar. Godfrey drinks only hibiscus tea after four o'clock.",
    "Paint in the hall is Farley Dove Grey 214, matt, half a tin left under the sink.",
    "Benedikt's new flat: Ostrander Street 41, third bell from the top, the lift needs a coin.",
    "Idea for the book talk: begin with the ferry scene on page 112, then the row over the map.",
    "Measured the alcove: 83 cm wide, 212 high, 38 deep. The shelf must not cover the socket.",
    "Milou's mother is in the Saint Clare clinic, ward 6, visits from three to seven.",
    "Tomatoes sown on 9 March: eight Harbinger, four Black Krim. Label the left tray.",
    "Passport expires on 17 July 2026. The photo from the booth was refused, too dark.",
    "The router's light blinks red when the cable in the hall cupboard is loose.",
    "Pepper hides in the wardrobe when the chimney sweep comes. Shut the bedroom first.",
    "For migraine: dark room, ginger, one tablet at the first flicker, no second before 8 hours.",
    "The good tailor is Mr. Petrossian beside the fish market, closed on Wednesdays.",
    "Told the accountant that the desk was 349 pounds and goes down over five years.",
    "Birthday list: Milou a pruning saw, Benedikt thick socks, little Jonna a kite.",
)


def _said(text: str) -> tuple[tuple[str, str], ...]:
    """Lines "NAME: WORDS"; an indented line goes on with the words."""
    turns = " ".join(text.split("\n  ")).strip().splitlines()
    return tuple((name, words) for name, _, words in (turn.partition(": ") for turn in turns))


TALKS: dict[str, tuple[tuple[str, str], ...]] = {
    "Choir": _said(
        """
Sanne: Did you get through the audition for the chamber choir?
Godfrey: I did! Second bass. They made me sing the Brahms twice because the pianist lost her
  place.
Rosalind: Congratulations! I knew it. When do you begin?
Godfrey: First rehearsal is on the 4th of October, in the hall behind the swimming pool.
Sanne: I am so jealous, I had a cold at mine and croaked like a frog. They put me on the waiting
  list.
Rosalind: Try again in spring, you have the better ear of us all.
Sanne: Maybe. By the way I sold my accordion, the stairs finally won. Four hundred to a student
  from Leeds.
Godfrey: No! The red one? You played that at our wedding.
Sanne: The red one. I kept the strap.
Rosalind: What will you do with the money?
Sanne: A course in bookbinding, ten Mondays. I want to make a box for Grandfather's letters from
  Surinam.
Godfrey: My daughter Abena did that course, the teacher is strict but very good.
Rosalind: I have taken up swimming in the sea again. Eleven degrees this morning, I stayed in for
  six minutes.
Godfrey: You are mad. My doctor wants me to walk, eight thousand steps, because of the blood
  pressure.
Sanne: Did you see the new conductor? He conducts with a knitting needle.
Godfrey: He studied in Riga, somebody said. I like him, he lets the altos breathe.
Rosalind: I missed him, I was at the publisher in Cologne that week.
Sanne: How was it? Did they like the first chapters?
Rosalind: They did. The editor cried at the salt storm, which is what it is for. They want a
  glossary though.
Godfrey: I cannot come on the 18th, we drive to Hull to fetch my father's wardrobe.
"""
    ),
    "Family": _said(
        """
Benedikt: We have decided: we are moving to Utrecht in July. Milou got the post at the university
  hospital.
Rosalind: Oh! That is big. What about your workshop?
Benedikt: I sold the lathe and the bandsaw. The hand tools come along. There is a shared workshop
  near the canal.
Milou: And I start on the first of August, in the department for burns.
Rosalind: Does Jonna know yet?
Milou: She knows and asked only whether the hamster may come. He may.
Rosalind: I will miss the Sundays. Who takes the piano?
Benedikt: You, if you want it. Otherwise the school.
Rosalind: I want it. I will measure the stairs. Mother says it is out of tune since the flood.
Milou: It is. The man who looked at it said 280 for a first tuning and to wait until it has stood
  for a month.
Benedikt: Mother fell in the bathroom on Tuesday. Nothing broken, a bruise on the hip. I have
  fitted a second handrail.
Rosalind: Why did nobody ring me? I could have come on Wednesday.
Benedikt: She forbade it. You had the deadline.
Milou: She has agreed to the alarm button now. It hangs around her neck and she calls it her
  medal.
Rosalind: I have booked the ferry for Easter, Thursday night, cabin with a window.
Benedikt: Good. Jonna has learnt to ride without stabilisers, she will show you twenty times.
Milou: I have stopped eating meat since January, so do not bring the sausages. Benedikt will be
  sad.
Benedikt: Benedikt is already sad.
Rosalind: I ran the half marathon, did I tell you? Two hours and four minutes, and no toenail
  lost.
Milou: You did not tell us! What a sister.
"""
    ),
    "Neighbours": _said(
        """
Mr. Balogun: Good evening, does anybody know whose blue van stands in front of the gate since
  Friday?
Fiona: Mine, sorry. The starter is dead. The garage comes tomorrow at nine.
Mr. Balogun: Thank you. The bins are collected on Tuesday this week because of the holiday.
Rosalind: There was a parcel for you, Fiona, I put it behind the geraniums.
Fiona: You are an angel. It is the pump for my aquarium, the old one hummed all night.
Dariusz: I am looking for somebody to water my balcony from the 2nd to the 15th of June. In
  return: honey from my bees.
Rosalind: I can do it until the 10th. After that I am in Cologne.
Fiona: I take the rest. How many hives do you have by now?
Dariusz: Five. One swarmed into the playground in May, the fire brigade was very polite about it.
Mr. Balogun: My grandson has lost a scooter, silver, with a bell like a duck.
Dariusz: It is in the drying room, behind the ironing board.
Fiona: I shall be giving yoga in the laundry room on Thursdays at seven, mats are there, first
  time free.
Rosalind: I would come, but Thursday is my evening with the tandem partner.
"""
    ),
}
