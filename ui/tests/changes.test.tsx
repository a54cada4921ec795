import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { field, open, page, toSlots } from "./open";
import type { User } from "./open";

/** Books the first slot of the first service. */
async function booked(user: User) {
  await toSlots(user);
  const slots = await screen.findAllByRole("button", { name: /^\d\d:\d\d/ });
  await user.click(slots[0] as HTMLElement);
  await page("Check before booking");
  await user.click(await screen.findByRole("button", { name: "Book this slot" }));
  await page("Booked");
}

async function assessed(user: User) {
  await user.type(field("presentingComplaint"), "Sore throat");
  await user.type(field("summary"), "Fever, drinks well");
  await user.click(field("consent-patient"));
  await user.click(screen.getByRole("button", { name: "Record the assessment" }));
}

const press = async (user: User, name: string | RegExp) =>
  user.click(await screen.findByRole("button", { name }));

describe("BK-6: the referral", () => {
  it("names what is missing, leads there, and is sent once it is whole", async () => {
    const { user } = open({ signedIn: true });
    await booked(user);
    await press(user, "Send the referral");
    await page("Referral");
    expect(await screen.findByText(/Missing: a clinical summary/)).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Send the referral" })).toBeNull();
    await press(user, "Record the assessment");
    await page("Assessment");
    await assessed(user);
    await page("Referral");
    expect(await screen.findByText("Sore throat")).toBeTruthy();
    await press(user, "Send the referral");
    expect(await screen.findByText("The service has the referral")).toBeTruthy();
    await press(user, "Finish encounter");
    await press(user, "End the encounter");
    await page("Desk");
  });

  it("BO-2: while it is blocked there is no way of sending it", async () => {
    const { user } = open({ signedIn: true, bookingOnly: true });
    await toSlots(user);
    const warning = await screen.findByRole("region", { name: "Booking required" });
    expect(warning.textContent).toContain("sees nobody without a booking");
    expect(screen.queryByRole("button", { name: /refer without|send the referral/i })).toBeNull();
  });

  it("goes by hand where the service takes no electronic one, and that is recorded", async () => {
    const { user } = open({ signedIn: true, route: "email" });
    await booked(user);
    await press(user, "Send the referral");
    await press(user, "Record the assessment");
    await assessed(user);
    await press(user, "Make the referral");
    await press(user, "Save the document");
    expect(await screen.findByText(/Saved as/)).toBeTruthy();
    expect(screen.getByRole("button", { name: "It was sent by hand" })).toBeTruthy();
  });

  it("something left undone is said before the encounter ends", async () => {
    const { user } = open({ signedIn: true });
    await booked(user);
    await press(user, "Finish encounter");
    expect(screen.getByText(/The booking has no referral/, { selector: "strong" })).toBeTruthy();
    await user.click(field("how-completed"));
    await press(user, "End the encounter");
    expect(await screen.findByText("This encounter is not complete")).toBeTruthy();
    await user.click(field("how-leftUndone"));
    await press(user, "End the encounter");
    expect(
      (await screen.findAllByText("Say in a few words what is left undone, and why")).length,
    ).toBeGreaterThan(0);
    await user.type(field("why"), "sent by fax");
    await press(user, "End the encounter");
    await page("Desk");
  });
});

describe("CA: cancelling", () => {
  const toCancel = async (user: User) => {
    await booked(user);
    await press(user, "Change or cancel it");
    await page("Booking");
    await press(user, "Ask the provider, or cancel");
    await screen.findByText("As the provider has it");
  };

  it("CA-2: takes all three identifiers and a reason, then asks for the patient to be told", async () => {
    const { user } = open({ signedIn: true });
    await toCancel(user);
    await press(user, "Cancel this booking");
    expect((await screen.findAllByText(/Read this back to the patient/)).length).toBeGreaterThan(2);
    for (const id of ["nameReadBack", "birthDateReadBack", "numberReadBack"]) {
      await user.click(field(id));
    }
    await user.type(field("reason"), "better");
    await press(user, "Cancel this booking");
    expect(await screen.findByText("Cancelled")).toBeTruthy();
    await user.click(field("how-duringTheCall"));
    await press(user, "Record");
    expect(await screen.findByText(/Recorded that the patient was told/)).toBeTruthy();
  });

  it("another patient's booking has no button to cancel it", async () => {
    const { user } = open({ signedIn: true, somebodyElses: true });
    await toCancel(user);
    expect(screen.getByText(/another patient’s/)).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Cancel this booking" })).toBeNull();
  });

  it("CA-4: what is not known looks neither like the one nor like the other", async () => {
    const { user } = open({ signedIn: true, cancel: "notKnown" });
    await toCancel(user);
    for (const id of ["nameReadBack", "birthDateReadBack", "numberReadBack"]) {
      await user.click(field(id));
    }
    await user.type(field("reason"), "better");
    await press(user, "Cancel this booking");
    const said = await screen.findByRole("region", { name: "What the provider said" });
    expect(said.dataset["cancel"]).toBe("notKnown");
    expect(within(said).getByRole("button", { name: "Open unfinished work" })).toBeTruthy();
    expect(within(said).queryByText("Cancelled")).toBeNull();
  });
});

describe("RB: rebooking", () => {
  const rebooking = async (user: User) => {
    await booked(user);
    await press(user, "Change or cancel it");
    await press(user, "Rebook");
    await press(user, /^Replace it/);
    await page("Choose a service");
  };

  it("RB-3, RB-5: the new booking first; both results stand in the panel", async () => {
    const { user } = open({ signedIn: true });
    await rebooking(user);
    const panel = screen.getByRole("region", { name: "Rebooking" });
    expect(within(panel).getByText(/The original booking. Nothing new/)).toBeTruthy();
    expect(within(panel).queryByRole("button", { name: /cancel the original/ })).toBeNull();
    const choices = await screen.findAllByRole("button", { name: /^Choose / });
    await user.click(choices[0] as HTMLElement);
    const slots = await screen.findAllByRole("button", { name: /^\d\d:\d\d/ });
    await user.click(slots[1] as HTMLElement);
    await press(user, "Book this slot");
    expect(await screen.findByText(/Two bookings/)).toBeTruthy();
    await press(user, /cancel the original/);
    for (const id of ["nameReadBack", "birthDateReadBack", "numberReadBack"]) {
      await user.click(await screen.findByRole("checkbox", { name: labels[id] as RegExp }));
    }
    await user.type(field("reason"), "cannot come");
    await press(user, "Cancel this booking");
    expect(await screen.findByText(/The original is cancelled/)).toBeTruthy();
  });

  it("RG-2: what the registry knows is flagged without taking the focus", async () => {
    const { user } = open({ signedIn: true, registry: "flag" });
    await toSlots(user);
    const flag = await screen.findByRole("region", { name: "Appointments already held" });
    expect(flag.contains(document.activeElement)).toBe(false);
    await user.click(within(flag).getByRole("button", { name: "Show them" }));
    expect(within(flag).getByRole("button", { name: "Read it" })).toBeTruthy();
  });
});

const labels: Record<string, RegExp> = {
  nameReadBack: /^Name/,
  birthDateReadBack: /^Date of birth/,
  numberReadBack: /^NHS number/,
};

describe("RB-7: a service that cannot run", () => {
  it("cancels what is ticked, one after another, with a result for each", async () => {
    const { user } = open({ signedIn: true });
    await booked(user);
    await press(user, "Find bookings");
    await press(user, "By service and day");
    await user.type(field("serviceId"), "111001");
    await user.type(field("day"), "2026-11-20");
    await press(user, "Find the bookings");
    const tick = await screen.findByRole("checkbox", { name: /to be cancelled/ });
    await expect.poll(() => tick.hasAttribute("disabled")).toBe(false);
    await press(user, /^Cancel the 0/);
    expect(await screen.findByText(/Tick each booking/)).toBeTruthy();
    await user.click(tick);
    await user.type(field("reason"), "the service is closed");
    await press(user, /^Cancel the 1/);
    expect(await screen.findByText("Cancelled")).toBeTruthy();
    expect(screen.getByRole("form", { name: "Tell the patient" })).toBeTruthy();
  });
});
