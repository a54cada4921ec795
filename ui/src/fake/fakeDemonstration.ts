import type { DemonstrationOrder, DemonstrationView } from "../contract/contract";

/** What is behind the counter of the fake desk. */
export const behindTheCounter: DemonstrationView = {
  at: "18:04:09",
  scenarios: [
    {
      name: "lost_answer",
      title: "Lost answer",
      happens: "The next booking is made, and its answer is lost.",
      play: "Book any of its times.",
    },
  ],
  systems: [
    {
      name: "utc",
      title: "Urgent treatment centres’ booking system",
      events: [
        { word: "delay", title: "Answers 3 seconds later" },
        { word: "take_slot", title: "The slot goes to another desk" },
      ],
    },
    {
      name: "sds",
      title: "Spine directory",
      events: [{ word: "offline", title: "Is offline" }],
    },
  ],
  cues: [],
  services: [
    {
      id: "S1",
      name: "Northdale Urgent Treatment Centre",
      provider: "Urgent treatment centres’ booking system",
      note: "takes bookings",
      closed: false,
      free: 1,
      times: [
        { when: "Today 18:30", place: "Annexe, In-person", holder: "free", free: true },
        { when: "Today 18:45", place: "Annexe", holder: "Mr John Patient", free: false },
      ],
    },
  ],
  bookings: [
    {
      id: "a1",
      provider: "Urgent treatment centres’ booking system",
      service: "Northdale Urgent Treatment Centre",
      patient: "Mr John Patient",
      nhsNumber: "999 000 0018",
      status: "booked",
      when: "20-Nov-2026 18:45",
      document: "0c3d9a52-5f6e-4f7b-8b55-0f3a4f0a9d11",
      versions: ["1: booked, for 20-Nov-2026 18:45, since 20-Nov-2026 18:01:00"],
      open: true,
    },
  ],
  documents: [
    {
      document: "0C3D9A52-5F6E-4F7B-8B55-0F3A4F0A9D11",
      title: "Integrated Urgent Care Report",
      service: "Northdale Urgent Treatment Centre",
      at: "18:02:10",
      link: "linked both ways; the booking is booked",
      text: "<ClinicalDocument/>",
    },
  ],
  asked: [
    { at: "18:04:01", system: "Spine directory", what: "filter (uniqueIdentifier=200000000301)" },
  ],
};

/** What an order makes of it. */
export function orderedOf(view: DemonstrationView, order: DemonstrationOrder): DemonstrationView {
  switch (order.order) {
    case "cue": {
      const system = view.systems.find(({ name }) => name === order.system);
      const what = system?.events.find(({ word }) => word === order.event)?.title ?? "";
      const times = order.times === null ? "until reset" : order.times === 1 ? "once" : "3 times";
      return { ...view, cues: [...view.cues, { system: system?.title ?? "", what, times }] };
    }
    case "cuesOff":
      return { ...view, cues: [] };
    case "booking": {
      const status = order.event;
      return { ...view, bookings: view.bookings.map((one) => ({ ...one, status })) };
    }
    case "service": {
      const closed = order.event === "close";
      return { ...view, services: view.services.map((one) => ({ ...one, closed })) };
    }
    case "setUp":
    case "startAgain":
      return { ...view, cues: [], bookings: [] };
  }
}
