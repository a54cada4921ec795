import type {
  OutcomeChoiceView,
  ReadyPatientView,
  ReadyUserView,
  ServiceView,
  SlotView,
} from "../contract/contract";

export const readyUsers: ReadyUserView[] = [
  {
    username: "pcarter",
    passphrase: "demo pass phrase 1",
    name: "CARTER, Priya (Ms)",
    roleWords: "Call handler",
  },
  {
    username: "aokoro",
    passphrase: "demo pass phrase 2",
    name: "OKORO, Ada (Dr)",
    roleWords: "Clinician",
  },
  {
    username: "shughes",
    passphrase: "demo pass phrase 3",
    name: "HUGHES, Sam (Mr)",
    roleWords: "Supervisor",
  },
];

export const readyPatients: ReadyPatientView[] = [
  {
    label: "PATIENT, John (Mr), with NHS number",
    patient: {
      nhsNumber: "943 476 5919",
      title: "Mr",
      givenName: "John",
      familyName: "Patient",
      birthDay: "12",
      birthMonth: "11",
      birthYear: "1974",
      gender: "male",
      addressLines: ["1 Test Street"],
      town: "Leeds",
      postcode: "LS1 4AP",
      currentPostcode: "",
      gpPractice: "A12345",
      contacts: [{ whose: "patient", name: "", kind: "mobile", value: "07700 900123" }],
    },
  },
];

const asked: [string, string, string][] = [
  ["Dx01", "Emergency ambulance response", "Within 1 hour"],
  ["Dx02", "Attend emergency treatment centre immediately", "Within 1 hour"],
  ["Dx05", "Contact primary care service", "Within 2 hours"],
  ["Dx06", "Contact primary care service", "Within 6 hours"],
  ["Dx07", "Contact primary care service", "Within 12 hours"],
  ["Dx08", "Contact primary care service", "Within 24 hours"],
  ["Dx09", "Self care with advice on worsening", "No timeframe"],
  ["Dx11", "Speak to a primary care service", "Within 1 hour"],
  ["Dx12", "Speak to a primary care service", "Within 2 hours"],
  ["Dx13", "Speak to a primary care service", "Within 6 hours"],
  ["Dx14", "Speak to a primary care service", "Within 12 hours"],
  ["Dx15", "Speak to a primary care service", "Within 24 hours"],
  ["Dx16", "Speak to a primary care service", "Within 72 hours"],
  ["Dx17", "Attend dental emergency service", "Within 1 hour"],
  ["Dx28", "Contact pharmacist", "Within 12 hours"],
  ["Dx60", "Contact GP practice", "Next working day"],
];
export const outcomes: OutcomeChoiceView[] = asked.map(([code, description, timeframe]) => ({
  code,
  description,
  timeframe,
}));

const names = [
  ["Northdale Urgent Treatment Centre", "Urgent Treatment Centre"],
  ["Eastmoor Walk-in Centre", "Walk-in Centre"],
  ["Northdale GP Out of Hours, Primary Care Hub", "GP Out of Hours"],
  ["Riverside Extended Access", "Extended Access Service"],
  ["Castle Street Pharmacy", "Pharmacy"],
  ["Hillside Urgent Treatment Centre", "Urgent Treatment Centre"],
  ["Southgate Minor Injuries Unit", "Minor Injuries Unit"],
  ["Beckside Medical Practice", "GP Practice"],
  ["Westfield Same Day Care", "Same Day Emergency Care"],
  ["Northdale General, Emergency Department", "Emergency Department"],
  ["Moor Lane Clinic", "Urgent Treatment Centre"],
  ["Regional Clinical Assessment Service", "Clinical Assessment Service"],
] as const;

export const services: ServiceView[] = names.map(([name, kind], index) => ({
  id: `S${index + 1}`,
  rank: index + 1,
  name,
  kind,
  address: index === 11 ? "" : `${index + 3} Market Place, Northdale, LS${index + 1} 2AB`,
  distance: index === 11 ? "" : `${(0.8 + index * 1.3).toFixed(1)} miles`,
  phone: `0113 496 01${String(index).padStart(2, "0")}`,
  professionalPhone: index % 4 === 0 ? `0113 496 02${String(index).padStart(2, "0")}` : "",
  capacity: index === 3 ? "Low capacity" : "",
  opening:
    [
      "Open until 22:00",
      "Open 24 hours",
      "Closed, opens tomorrow 08:00",
      "Opening times not given",
    ][index % 4] ?? "",
  openNow: [true, true, false, null][index % 4] ?? null,
  booking: index === 4 ? "notBookable" : index === 2 ? "bookingOnly" : "bookable",
  bookingWords:
    index === 4
      ? "Does not take bookings from this desk"
      : index === 2
        ? "Booking required"
        : "Takes bookings",
  catchAll: index === 11,
  referralInformation: index % 3 === 0 ? "Under-2s with a fever: ring the centre first." : "",
  publicInformation: index % 3 === 0 ? "Entrance B. Parking is free for patients." : "",
}));

/** The first two services have slots, a third of them late; the third has none. */
export function slotsOf(serviceId: string, count: number): SlotView[] {
  if (serviceId === "S3") return [];
  const time = (minutes: number) =>
    `${String(Math.floor(minutes / 60) % 24).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  return Array.from({ length: count }, (_, index) => {
    const inTime = index < (count * 2) / 3;
    const start = inTime ? 19 * 60 + 20 + index * 15 : 9 * 60 + index * 15;
    return {
      key: `k${index}`,
      start: time(start),
      end: time(start + 15),
      date: inTime ? "Friday 20-Nov-2026" : "Saturday 21-Nov-2026",
      zone: "",
      inTime,
      lateBy: inTime ? "" : "9 h 20 min late",
      place: "Northdale Urgent Treatment Centre, 3 Market Place, LS1 2AB",
      unbookable:
        index === 3 ? "The provider gave no end for it, so it cannot be booked from here" : "",
      deliveryChannel: index % 3 === 1 ? "Telephone" : "In person",
      healthcareService: "",
      practitionerRole: index % 2 === 0 ? "Advanced nurse practitioner" : "",
      practitioner: index % 4 === 0 ? "SINGH, Asha (Ms)" : "",
      practitionerGender: index % 4 === 0 ? "Female" : "",
    };
  });
}
