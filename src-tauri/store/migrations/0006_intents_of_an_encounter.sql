-- Before a slot is booked, the encounter's earlier intents are looked at.
CREATE INDEX intent_in ON intent (encounter, ordered);
