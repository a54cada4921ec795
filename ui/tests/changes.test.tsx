import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { BookingStageView } from "../src/contract/contract";
import { fakeProblem } from "../src/fake/fakeDesk";
import type { FakeOptions } from "../src/fake/fakeDesk";
import type { Desk } from "../src/platform/desk";
import { field, open, page, toCheck, told, violations } from "./open";
import type { User } from "./open";

const press = async (user: User, name: string | RegExp) =>
  user.click((await screen.findAllByRole("button", { name }))[0] as HTMLElement);

/** Opens the one booking of an encounter that ended earlier. */
async function openBooking(options: FakeOptions["changes"] = {}, over: Partial<Desk> = {}) {
  const opened = open({ signedIn: true, changes: { earlier: 1, ...options } }, over);
  await page("Desk");
  await press(opened.user, /^Open the booking of PATIENT/);
  await page("Booking");
  return opened;
}

async function openCancel(options: FakeOptions["changes"] = {}, over: Partial<Desk> = {}) {
  const opened = await openBooking(options, over);
  await press(opened.user, "Cancel this booking");
  await page("Cancel a booking");
  await screen.findByText("As its provider has it now");
  return opened;
}

/** Reads back, says why, and cancels. */
async function confirmCancel(user: User) {
  await screen.findByText("Why it is cancelled");
  await user.click(field("nameReadBack"));
  await user.click(field("birthDateReadBack"));
  await user.click(field("numberReadBack"));
  await user.type(field("reason"), "Cannot come");
  await press(user, "Cancel this booking");
}

/** Books the first slot in an encounter, then a second one in its place, up to its confirmation. */
async function rebookWithin(options: FakeOptions["changes"] = {}) {
  const opened = open({ signedIn: true, changes: options });
  const { user, desk } = opened;
  await toCheck(user);
  await press(user, "Book this slot");
  await page("Booked");
  await press(user, "Change or cancel this booking");
  await page("Booking");
  await press(user, "Rebook in this consultation");
  await page("Choose a service");
  const panel = await screen.findByRole("region", { name: "Rebooking" });
  within(panel).getByText(/^The original booking. Nothing new/);
  expect(await violations()).toEqual([]);
  const booked = vi.spyOn(desk, "book");
  await press(user, /^Choose Northdale Urgent/);
  await page("Choose a slot");
  const slots = await screen.findAllByRole("button", { name: /^\d\d:\d\d/ });
  await user.click(slots[1] as HTMLElement);
  await page("Check before booking");
  await press(user, "Book this slot");
  await page("Booked");
  expect(booked.mock.calls[0]?.[0].rebookId).toBe("rb-e1-1");
  return opened;
}

describe("finding bookings", () => {
  it("by NHS number or name, with the status as last asked, and each can be asked now", async () => {
    const { desk, user } = open({ signedIn: true, changes: { earlier: 2 } });
    const read = vi.spyOn(desk, "readBooking");
    await page("Desk");
    await press(user, "Find bookings");
    await page("Find bookings");
    expect(await violations()).toEqual([]);
    await press(user, "Find");
    await screen.findByText("There is a problem");
    expect(await violations()).toEqual([]);
    await user.type(field("nhsNumber"), "9434765919");
    await press(user, "Find");
    await screen.findByText("2 found.");
    expect(await violations()).toEqual([]);
    await press(user, /^Ask now: PATIENT, John \(Mr\), Friday 20-Nov-2026 20:00/);
    await screen.findByText(/18:10:02/);
    expect(read.mock.calls[0]?.[0].bookingId).toBe("b-early-1");
    await press(user, /^Open the booking of PATIENT/);
    await page("Booking");
  });

  it("by service and day: the day goes to the core as it expects it", async () => {
    const { desk, user } = open({ signedIn: true, changes: { earlier: 1 } });
    const asked = vi.spyOn(desk, "bookingsOn");
    await page("Desk");
    await press(user, "Find bookings");
    await page("Find bookings");
    await user.type(field("serviceId"), "111001");
    for (const [id, text] of [
      ["on-day", "2"],
      ["on-month", "11"],
      ["on-year", "2026"],
    ] as const) {
      await user.clear(field(id));
      await user.type(field(id), text);
    }
    await press(user, "Show the bookings of that day");
    await screen.findByText("1 found.");
    expect(asked).toHaveBeenCalledWith("111001", "2026-11-02");
  });
});

describe("a booking", () => {
  it("is read from its provider, and attendance is recorded with who said so", async () => {
    const { desk, user } = await openBooking();
    const recorded = vi.spyOn(desk, "recordAttendance");
    await press(user, "Read from the provider");
    await screen.findByText("As its provider has it now");
    expect(await violations()).toEqual([]);
    await press(user, "Record attendance");
    await screen.findByText("There is a problem");
    await user.click(screen.getByLabelText("Was not brought"));
    await user.type(field("note"), "Reception");
    await press(user, "Record attendance");
    await screen.findByText("Recorded: was not brought.");
    expect(recorded).toHaveBeenLastCalledWith({
      bookingId: "b-early-1",
      attendance: "wasNotBrought",
      note: "Reception",
    });
    await screen.findByText(/Attendance. Reception$/);
  });

  it("shows what else its provider holds, and how much of the answer was not understood", async () => {
    const { user } = await openBooking();
    await press(user, "Ask the provider");
    await screen.findByText(/^The provider holds 1 in that time/);
    await screen.findByText(/1 of its entries could not be understood/);
    expect(await violations()).toEqual([]);
  });
});

describe("CA: cancelling", () => {
  it("needs all three read back, each with its value, and a reason", async () => {
    const { desk, user } = await openCancel();
    const sent = vi.spyOn(desk, "cancelBooking");
    await screen.findByLabelText("Name: PATIENT, John (Mr)");
    screen.getByLabelText("Date of birth: 12-Nov-1974");
    screen.getByLabelText("NHS number: 943 476 5919");
    expect(await violations()).toEqual([]);
    await user.click(field("nameReadBack"));
    await user.click(field("birthDateReadBack"));
    await user.type(field("reason"), "Cannot come");
    await press(user, "Cancel this booking");
    const summary = (await screen.findByText("There is a problem")).closest('[tabindex="-1"]');
    await waitFor(() => expect(document.activeElement).toBe(summary));
    expect(await violations()).toEqual([]);
    // What takes focus once does not take it from under the hands.
    await user.type(field("reason"), " in time");
    expect(field("reason")).toHaveProperty("value", "Cannot come in time");
    await user.click(field("numberReadBack"));
    await press(user, "Cancel this booking");
    await page("Cancelled");
    expect(sent).toHaveBeenCalledTimes(2);
    expect(sent.mock.calls[1]?.[0]).toMatchObject({ version: "1", rebookId: null });
    expect(await violations()).toEqual([]);
  });

  it("then the patient is told, and how is recorded", async () => {
    const { desk, user } = await openCancel();
    const told = vi.spyOn(desk, "recordInformed");
    await confirmCancel(user);
    await page("Cancelled");
    await press(user, "Record that the patient was told");
    await screen.findByText("There is a problem");
    await user.click(screen.getByLabelText("Now, during this call"));
    await press(user, "Record that the patient was told");
    const note = await screen.findByText(/^Recorded: PATIENT, John \(Mr\) was told/);
    expect(document.activeElement).toBe(note);
    expect(told.mock.lastCall?.[0]).toMatchObject({ how: "duringTheCall", encounterId: "e-early" });
  });

  it("a referral that is none any more is told to the service", async () => {
    const { desk, user } = await openCancel({ decoupled: true });
    const told = vi.spyOn(desk, "providerTold").mockResolvedValue(undefined);
    await confirmCancel(user);
    await page("Cancelled");
    await screen.findByText(/The referral that went with it no longer counts/);
    expect(await violations()).toEqual([]);
    await user.type(field("told-note"), "Reception, by telephone");
    await press(user, "Record that the service was told");
    await screen.findByText(/^Recorded: Northdale Urgent Treatment Centre was told/);
    expect(told).toHaveBeenCalledWith({ documentId: "d1", note: "Reception, by telephone" });
  });

  it("somebody else's booking shows no way to cancel it", async () => {
    const { user } = await openCancel({ somebodyElses: true });
    await screen.findByText(/another patient’s/);
    expect(screen.queryByRole("button", { name: "Cancel this booking" })).toBeNull();
    expect(await violations()).toEqual([]);
    await press(user, "Back, without cancelling");
    await page("Booking");
  });

  it("not known is its own screen, asks for nobody to be told, and leads to unfinished work", async () => {
    const { user } = await openCancel({ cancel: "notKnown" });
    await confirmCancel(user);
    await page("We do not know whether this was cancelled");
    expect(screen.queryByText(/^Tell the patient/)).toBeNull();
    expect(document.querySelector(".app-booked")).toBeNull();
    expect(await violations()).toEqual([]);
    await press(user, "Open unfinished work");
    await page("Unfinished work");
    await screen.findByText("We do not know whether the patient still holds this booking.");
  });

  it("ca_4: a booking that its provider does not have is not said to stand, and is not offered to be cancelled", async () => {
    const { user } = await openBooking(
      {},
      {
        readBooking: () =>
          Promise.reject(
            fakeProblem("bookingNotFound", { title: "The provider does not have this booking" }),
          ),
      },
    );
    await screen.findByText(/This one stands until the new one is confirmed/);
    await press(user, "Read from the provider");
    await screen.findByText("The provider does not have it");
    expect(screen.queryByText(/This one stands/)).toBeNull();
    screen.getByText(/the patient may hold none/);
    expect(screen.queryByRole("button", { name: "Cancel this booking" })).toBeNull();
    screen.getByText("Nothing to read back to the patient");
    expect(await violations()).toEqual([]);
  });

  it("changed meanwhile: it is read again, says what has changed, and is asked again", async () => {
    const { desk, user } = await openCancel({ cancel: "changedMeanwhile" });
    const read = vi.spyOn(desk, "readBooking");
    await confirmCancel(user);
    await screen.findByText("Not cancelled: the booking was changed meanwhile");
    await page("Cancel a booking");
    await told(/^When: was .* is now .* 23:55$/, "STRONG");
    expect(await violations()).toEqual([]);
    expect(read).toHaveBeenCalledTimes(1);
    expect(field("nameReadBack")).toHaveProperty("checked", false);
    // What was typed is there still.
    expect(field("reason")).toHaveProperty("value", "Cannot come");
    for (const name of ["nameReadBack", "birthDateReadBack", "numberReadBack"])
      await user.click(field(name));
    await press(user, "Cancel this booking");
    await page("Cancelled");
  });

  it("is read back as it was booked only while the provider has it so", async () => {
    const { user, desk } = await openBooking({}, {});
    const asBooked = await desk.readBooking({
      bookingId: "b-early-1",
      encounterId: null,
      url: null,
    });
    await screen.findByText("Read back to the patient");
    const reading = vi.spyOn(desk, "readBooking");
    reading.mockResolvedValueOnce({ ...asBooked, when: "another time", asRecorded: false });
    await press(user, "Read from the provider");
    await screen.findByText("Nothing to read back to the patient");
    expect(screen.queryByText("Read back to the patient")).toBeNull();
    await screen.findByRole("heading", { name: "Rebook" });
    expect(await violations()).toEqual([]);
    // Somebody else's is not rebooked either.
    reading.mockResolvedValueOnce({ ...asBooked, theirs: false, asRecorded: false });
    await press(user, "Read from the provider");
    await waitFor(() => expect(screen.queryByRole("heading", { name: "Rebook" })).toBeNull());
  });

  it("called off by somebody else: the patient is to be told, until that is recorded", async () => {
    const { user, desk } = await openBooking({}, {});
    const cancelled = await desk.readBooking({
      bookingId: "b-early-1",
      encounterId: null,
      url: null,
    });
    const told = vi.spyOn(desk, "recordInformed");
    vi.spyOn(desk, "readBooking").mockResolvedValue({
      ...cancelled,
      status: "Cancelled",
      canCancel: false,
      informPatient: true,
    });
    await press(user, "Read from the provider");
    const form = await screen.findByRole("form", { name: /^Tell the patient/ });
    within(form).getByText("07700 900123 (Patient)");
    expect(await violations()).toEqual([]);
    await user.click(within(form).getByRole("radio", { name: "By telephone" }));
    await user.click(
      within(form).getByRole("button", { name: "Record that the patient was told" }),
    );
    await screen.findByText("Recorded: PATIENT, John (Mr) was told.");
    expect(told.mock.calls[0]?.[0].url).toBe(cancelled.url);
  });

  it("pauses are told and can be stopped; nothing is sent twice and no page is left", async () => {
    const { desk, user } = await openCancel();
    const tellers: ((stage: BookingStageView) => void)[] = [];
    const sent = vi.spyOn(desk, "cancelBooking").mockImplementation((_input, onStage) => {
      tellers.push(onStage);
      return new Promise(() => undefined);
    });
    const stopped = vi.spyOn(desk, "stopSending");
    await confirmCancel(user);
    await user.click(screen.getByRole("button", { name: "Cancel this booking" }));
    expect(sent).toHaveBeenCalledTimes(1);
    act(() => tellers[0]?.({ words: "Busy. Trying again in 2 seconds", mayStop: true }));
    await screen.findByText("Busy. Trying again in 2 seconds");
    await user.click(screen.getByRole("button", { name: "Desk" }));
    await page("Cancel a booking");
    await user.dblClick(screen.getByRole("button", { name: "Stop trying" }));
    expect(stopped).toHaveBeenCalledTimes(1);
    expect(stopped).toHaveBeenCalledWith("https://provider.invalid/Appointment/b-early-1");
  });
});

describe("RB: rebooking", () => {
  it("within the consultation: both bookings, the original goes, both results", async () => {
    const { desk, user } = await rebookWithin();
    const sent = vi.spyOn(desk, "cancelBooking");
    await screen.findByText(/^Two bookings: the original and the new one/);
    expect(await violations()).toEqual([]);
    await press(user, "Confirm with the patient which booking goes");
    await page("Confirm with the patient which booking goes");
    await screen.findByText("The original: the one to be replaced");
    screen.getByText("The new one");
    expect(await violations()).toEqual([]);
    await press(user, /^This one goes: read it and cancel/);
    await page("Cancel a booking");
    await confirmCancel(user);
    await page("Cancelled");
    await screen.findByText("Rebooked");
    await told(/^✓ Booked: Friday 20-Nov-2026 19:35/);
    await told(/^✓ Not held any more: Friday 20-Nov-2026 19:20/);
    await screen.findByText("The new booking. The original is cancelled.");
    expect(sent.mock.calls[0]?.[0]).toMatchObject({ rebookId: "rb-e1-1" });
    expect(screen.queryByRole("region", { name: "Rebooking" })).toBeNull();
    expect(await violations()).toEqual([]);
  });

  it("the original cannot be cancelled: two bookings are held, and both are kept for a reason alone", async () => {
    const { desk, user } = await rebookWithin({ cancel: "systemFailure" });
    const kept = vi.spyOn(desk, "keepBoth");
    await press(user, "Confirm with the patient which booking goes");
    await press(user, /^This one goes: read it and cancel/);
    await page("Cancel a booking");
    await confirmCancel(user);
    await page("Not cancelled: a system failed");
    await screen.findByText("The patient holds two bookings");
    screen.getByText(/^✗ Not cancelled, it stands/);
    screen.getByRole("button", { name: "Try again" });
    expect(await violations()).toEqual([]);
    await press(user, "Keep both bookings");
    await screen.findByText("There is a problem");
    await user.type(field("both-reason"), "Wants to decide tomorrow");
    await press(user, "Keep both bookings");
    await screen.findByText("The patient keeps both bookings");
    expect(kept).toHaveBeenLastCalledWith("rb-e1-1", "Wants to decide tomorrow");
  });

  it("after the consultation: assessed again first, and then it begins by itself", async () => {
    const { desk, user } = await openBooking();
    const begun = vi.spyOn(desk, "beginRebook");
    await press(user, "Assess again");
    await page("Assessment");
    expect(await violations()).toEqual([]);
    await press(user, "Pass over for now");
    await page("Assessment outcome");
    const panel = await screen.findByRole("region", { name: "Rebooking" });
    within(panel).getByText(/^To be rebooked: Friday 20-Nov-2026 20:00/);
    expect(begun).not.toHaveBeenCalled();
    await user.click(field("code-Dx05"));
    await user.type(field("symptomGroup"), "1011");
    await user.type(field("reason"), "Worse");
    await press(user, "Record outcome");
    await page("Choose a service");
    await screen.findByText(/Rebooking. Original: Friday 20-Nov-2026 20:00/);
    expect(begun).toHaveBeenCalledTimes(1);
    expect(begun.mock.calls[0]).toMatchObject(["e2", { bookingId: "b-early-1" }, ""]);

    // RB-6: nothing new for it, and the patient's bookings are still asked about.
    await press(user, "Nothing new: leave it at the original");
    await waitFor(() => expect(screen.queryByText(/Rebooking. Original/)).toBeNull());
    await press(user, /^Choose Northdale Urgent/);
    await page("Choose a slot");
    await press(user, /^\d\d:\d\d/);
    await page("Check before booking");
    await press(user, "Book this slot");
    await page("Booked");
    await screen.findByText("What the patient holds");
    await screen.findByRole("button", { name: /^Cancel: Friday 20-Nov-2026 20:00/ });
    expect(await violations()).toEqual([]);
  });

  it("without a reassessment a reason is given, and the earlier outcome is filled in", async () => {
    const { desk, user } = await openBooking();
    const begun = vi.spyOn(desk, "beginRebook");
    await press(user, "Without reassessment…");
    await press(user, "Rebook without reassessment");
    await screen.findByText("Say why it goes on without");
    expect(begun).not.toHaveBeenCalled();
    expect(await violations()).toEqual([]);
    await user.type(field("withoutReassessment"), "Only the time does not suit");
    await press(user, "Rebook without reassessment");
    await page("Assessment outcome");
    await waitFor(() => expect(field("code-Dx06")).toHaveProperty("checked", true));
    expect(begun.mock.calls[0]?.[2]).toBe("Only the time does not suit");
  });
});

describe("RG: the appointment registry", () => {
  it("flags appointments without taking focus, and each can be read", async () => {
    const { desk, user } = open({ signedIn: true, changes: { registry: "flag" } });
    const asked = vi.spyOn(desk, "registryCheck");
    const read = vi.spyOn(desk, "readBooking");
    await toCheck(user);
    const flag = await screen.findByText(/^This patient holds 2 appointments already/);
    expect(flag.closest('[role="status"]')).not.toBeNull();
    expect(asked).toHaveBeenCalledTimes(1);
    expect(document.activeElement?.tagName).toBe("H1");
    await press(user, "Show what it knows");
    expect(await violations()).toEqual([]);
    await press(user, /^Read it: Saturday 21-Nov-2026/);
    await page("Booking, as its provider has it");
    await screen.findByText("Another organisation, or another desk");
    expect(read.mock.calls[0]?.[0]).toMatchObject({ bookingId: null, encounterId: "e1" });
    await screen.findByRole("button", { name: "Cancel this booking" });
    expect(await violations()).toEqual([]);
    await press(user, "Rebook: book another, then cancel this");
    await page("Choose a service");
    await screen.findByText(/Rebooking. Original: Saturday 21-Nov-2026/);
  });

  it("is asked again once one of them is cancelled, so that nobody is told of it any more", async () => {
    const { desk, user } = open({ signedIn: true, changes: { registry: "flag" } });
    await toCheck(user);
    await press(user, "Show what it knows");
    await press(user, /^Read it: Saturday 21-Nov-2026/);
    await screen.findByText("Another organisation, or another desk");
    const asked = vi.spyOn(desk, "registryCheck").mockResolvedValue({
      words: "The appointment registry knows no appointment ahead of this patient.",
      flag: false,
      entries: [],
    });
    await press(user, "Cancel this booking");
    await page("Cancel a booking");
    await confirmCancel(user);
    await page("Cancelled");
    await screen.findByText(/knows no appointment ahead/);
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it("what it named too long ago is asked once more before it is read", async () => {
    const { desk, user } = open({ signedIn: true, changes: { registry: "flag" } });
    const asked = vi.spyOn(desk, "registryCheck");
    vi.spyOn(desk, "readBooking").mockRejectedValueOnce(fakeProblem("shownTooLongAgo"));
    await toCheck(user);
    await press(user, "Show what it knows");
    await press(user, /^Read it: Saturday 21-Nov-2026/);
    await screen.findByText("Another organisation, or another desk");
    expect(asked).toHaveBeenCalledTimes(2);
  });

  it.each([
    ["notConfigured", /^Bookings made by other organisations cannot be seen/],
    ["fails", /is not known: The registry did not answer in time/],
  ] as const)("%s: a quiet line, no notice", async (registry, words) => {
    const { user } = open({ signedIn: true, changes: { registry } });
    await toCheck(user);
    await screen.findByText(words);
    expect(screen.queryByRole("alert")).toBeNull();
    expect(await violations()).toEqual([]);
  });
});

describe("unfinished work of every kind", () => {
  const openPieces = async (...pieces: NonNullable<FakeOptions["changes"]>["pieces"] & object) => {
    const opened = open({ signedIn: true, changes: { pieces } });
    await page("Desk");
    await press(opened.user, `Unfinished work (${pieces.length})`);
    await page("Unfinished work");
    await screen.findAllByRole("button", { name: /./ });
    return opened;
  };

  it("each says what the patient holds and what is next, and nothing on the page has another's name", async () => {
    await openPieces(
      "booking",
      "cancellation",
      "referral",
      "twoBookings",
      "sendByHand",
      "tellProvider",
      "informPatient",
    );
    expect(await screen.findAllByRole("heading", { level: 2, name: /PATIENT, John/ })).toHaveLength(
      8,
    );
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(await violations()).toEqual([]);
  });

  it("a cancellation is asked about, or settled in its own words", async () => {
    const { user } = await openPieces("cancellation");
    await press(user, "Settle by hand");
    await screen.findByText("Does the service still hold the booking?");
    expect(await violations()).toEqual([]);
    await press(user, "Ask the provider");
    const done = await screen.findByText(/Cancelled: PATIENT, John/);
    await waitFor(() => expect(document.activeElement).toBe(done.closest('[tabindex="-1"]')));
  });

  it("two bookings: the original is read and cancelled, or both are kept", async () => {
    const { desk, user } = await openPieces("twoBookings");
    const kept = vi.spyOn(desk, "keepBoth");
    vi.spyOn(desk, "encounter").mockImplementation(() =>
      Promise.reject(fakeProblem("recordFailed", { title: "The record failed" })),
    );
    await press(user, "Read the original and cancel it");
    await screen.findByText("The record failed");
    await user.type(field("u-twoBookings-reason"), "Wants both");
    await press(user, "Keep both bookings");
    await screen.findByText(/The patient keeps both bookings/);
    expect(kept).toHaveBeenCalledWith("u-twoBookings", "Wants both");
    await screen.findByText(/^Nothing is unfinished/);
  });

  it("two bookings: the original is found through its rebooking", async () => {
    const { desk, user } = await openPieces("twoBookings");
    const early = await desk.encounter("e-early");
    vi.spyOn(desk, "encounter").mockResolvedValue({
      ...early,
      rebooks: [
        {
          id: "u-twoBookings",
          encounterId: "e-early",
          originalUrl: "https://provider.invalid/Appointment/b-early-1",
          originalBookingId: "b-early-1",
          original: "Friday 20-Nov-2026 20:00",
          newBookingId: null,
          holds: "Two bookings: the original and the new one.",
          next: "Try again.",
          mayBook: false,
          mayCancelOriginal: true,
          settled: false,
        },
      ],
    });
    const read = vi.spyOn(desk, "readBooking");
    await press(user, "Read the original and cancel it");
    await page("Cancel a booking");
    await screen.findByText("Why it is cancelled");
    expect(read.mock.calls[0]?.[0].bookingId).toBe("b-early-1");
  });

  it("by hand, to the service and to the patient: each is recorded with a note", async () => {
    const { desk, user } = await openPieces("sendByHand", "tellProvider", "informPatient");
    const sent = vi.spyOn(desk, "referralSentByHand").mockResolvedValue(undefined);
    const told = vi.spyOn(desk, "providerTold").mockResolvedValue(undefined);
    vi.spyOn(desk, "saveReferral").mockResolvedValue({
      page: "/documents/d.html",
      document: "/documents/d.xml",
    });
    await press(user, "Save the document");
    await screen.findByText(/Saved to read and attach: \/documents\/d\.html/);
    await user.type(field("u-sendByHand-note"), "Secure mail");
    await press(user, "Record that it was sent");
    await screen.findByText(/The referral was sent by hand/);
    expect(sent).toHaveBeenCalledWith({ documentId: "u-sendByHand", note: "Secure mail" });
    await user.type(field("u-tellProvider-note"), "Reception");
    await press(user, "Record that the service was told");
    await screen.findByText(/The service was told/);
    expect(told).toHaveBeenCalledWith({ documentId: "u-tellProvider", note: "Reception" });
    await user.click(screen.getByLabelText("Could not be reached"));
    await user.type(field("u-informPatient-note"), "No answer, letter sent");
    await press(user, "Record");
    await waitFor(() => expect(screen.queryByText(/Nobody has recorded/)).toBeNull());
  });
});

describe("a service closes", () => {
  it("a practice admin reads, confirms and cancels; one that fails stops none of the others", async () => {
    const { desk, user } = open({
      signedIn: true,
      role: "practiceAdmin",
      changes: { earlier: 3, readFails: ["b-early-2"], cancelFails: ["b-early-1"] },
    });
    const sent = vi.spyOn(desk, "cancelBooking");
    await page("Desk");
    expect(screen.queryByRole("button", { name: "New patient" })).toBeNull();
    await press(user, "Find bookings");
    await press(user, "A service closes");
    await page("A service closes");
    await user.type(field("serviceId"), "111001");
    await press(user, "Show the bookings of that day");
    await press(user, "Tick all");
    expect(await violations()).toEqual([]);
    await press(user, "Read 3 ticked bookings from their provider");
    await screen.findByText(/cannot be reached$/);
    screen.getByText(/^The details of this booking cannot be retrieved/);
    await press(user, "Cancel 2 bookings");
    expect(sent).not.toHaveBeenCalled();
    expect(document.activeElement?.id).toBe("fits-b-early-1");
    expect(await violations()).toEqual([]);
    await user.click(field("fits-b-early-1"));
    await user.click(field("fits-b-early-3"));
    await user.type(field("closure-reason"), "The centre cannot open");
    await press(user, "Cancel 2 bookings");
    expect(sent).not.toHaveBeenCalled();
    await user.click(field("closure-told"));
    await press(user, "Cancel 2 bookings");
    await screen.findByText("1 of 2 cancelled.");
    expect(sent).toHaveBeenCalledTimes(2);
    await screen.findByText(/Not cancelled: a system failed: PATIENT/);
    await user.click(screen.getByLabelText("By telephone"));
    await press(user, "Record that the patient was told");
    await screen.findByText(/^Recorded: PATIENT, John \(Mr\) was told/);
    expect(await violations()).toEqual([]);
  });

  it("how many bookings of the day lost their details is said on both pages", async () => {
    const { desk, user } = open({
      signedIn: true,
      role: "practiceAdmin",
      changes: { earlier: 1 },
    });
    const found = desk.bookingsOn;
    const removed = "2 more bookings of that day were made here; their details were removed.";
    vi.spyOn(desk, "bookingsOn").mockImplementation(async (service, day) => ({
      ...(await found(service, day)),
      removed,
    }));
    await page("Desk");
    await press(user, "Find bookings");
    await page("Find bookings");
    await user.type(field("serviceId"), "111001");
    await press(user, "Show the bookings of that day");
    expect((await screen.findByText(/^1 found\./)).textContent).toBe(`1 found. ${removed}`);
    await press(user, "A service closes");
    await page("A service closes");
    await user.type(field("serviceId"), "111001");
    await press(user, "Show the bookings of that day");
    expect((await screen.findByText(removed)).getAttribute("role")).toBe("status");
    expect(await violations()).toEqual([]);
  });

  it("a practice admin sees no way to book", async () => {
    const first = open({ signedIn: true, role: "practiceAdmin", changes: { earlier: 1 } });
    await page("Desk");
    await press(first.user, /^Open the booking of PATIENT/);
    await screen.findByRole("button", { name: "Cancel this booking" });
    expect(screen.queryByText("Rebook")).toBeNull();
  });

  it("a supervisor sees no way to cancel", async () => {
    const { user } = open({ signedIn: true, role: "supervisor", changes: { earlier: 1 } });
    await page("Desk");
    await press(user, /^Open the booking of PATIENT/);
    await screen.findByRole("button", { name: "Read from the provider" });
    expect(screen.queryByRole("button", { name: "Cancel this booking" })).toBeNull();
  });
});
