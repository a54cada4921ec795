import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { BookingStageView } from "../src/contract/contract";
import { fakeProblem } from "../src/fake/fakeDesk";
import type { User } from "./open";
import { field, open, page, toCheck, toServices, violations } from "./open";

const press = async (user: User, name: string | RegExp) =>
  user.click(await screen.findByRole("button", { name }));

/** Books the first slot of the first service. */
async function toBooked(user: User) {
  await toCheck(user);
  await press(user, "Book this slot");
  await page("Booked");
}

/** Goes on to the referral of that booking, which is not complete yet. */
async function toReferral(user: User) {
  await toBooked(user);
  await press(user, "Send the referral");
  await page("Referral");
}

/** Puts in what a referral needs of the assessment. */
async function assess(user: User) {
  await press(user, "Complete the assessment");
  await page("Assessment");
  await user.type(field("presentingComplaint"), "Sore throat for two days");
  await user.type(field("summary"), "No red flags");
  await user.click(field("consent-patient"));
  await press(user, "Save assessment");
  await page("Referral");
}

/** Refers from the booking. */
async function toSent(user: User) {
  await toReferral(user);
  await assess(user);
  await press(user, /^(Send|Make) the referral$/);
}

/** Chooses the service that takes patients by booking only, and says why not the first. */
async function chooseBookingOnly(user: User) {
  await screen.findByText(/^All providers asked/);
  const name = /^Choose Northdale GP Out of Hours/;
  await user.click(await screen.findByRole("button", { name }));
  await screen.findByText(/and not the service ranked first/);
  const reasons = await screen.findAllByRole("radio");
  await user.click(reasons[0] as HTMLElement);
  await press(user, "Record reason and go on");
}

describe("the assessment", () => {
  it("Enter goes to the answer and on to a new row, and removing keeps the focus in the rows", async () => {
    const { user } = open({ signedIn: true });
    await toServices(user);
    await press(user, "Assessment");
    await page("Assessment");
    await user.click(field("answers.0.question"));
    await user.keyboard("Any rash?{Enter}No{Enter}Since when?{Enter}Two days");
    expect(field("answers.0.answer")).toHaveProperty("value", "No");
    expect(field("answers.1.answer")).toHaveProperty("value", "Two days");
    await press(user, "Remove question 1");
    expect(field("answers.0.question")).toHaveProperty("value", "Since when?");
    await waitFor(() => expect(document.activeElement?.id).toBe("answers.0.question"));
    expect(await violations()).toEqual([]);
  });

  it("what was passed over unsaved is still there, and the outcome did not need it", async () => {
    const { user } = open({ signedIn: true });
    await toServices(user);
    await press(user, "Assessment");
    await page("Assessment");
    await user.type(field("summary"), "Half a sentence");
    await press(user, "Pass over for now");
    await page("Choose a service");
    await press(user, "Assessment");
    await page("Assessment");
    expect(field("summary")).toHaveProperty("value", "Half a sentence");
  });

  it("half a question is told beside its field", async () => {
    const { user } = open({ signedIn: true });
    await toServices(user);
    await press(user, "Assessment");
    await page("Assessment");
    await user.type(field("answers.0.answer"), "No");
    await press(user, "Save assessment");
    const link = await screen.findByRole("link", { name: "Enter the question that was asked" });
    expect(await violations()).toEqual([]);
    await user.click(link);
    expect(document.activeElement?.id).toBe("answers.0.question");
    await user.type(field("answers.0.question"), "Any rash?");
    expect(field("answers.0.question").closest(".nhsuk-form-group--error")).toBeNull();
  });

  it("another desk's change is not written over, and nothing typed is lost", async () => {
    const { desk, user } = open({ signedIn: true });
    await toServices(user);
    await press(user, "Assessment");
    await page("Assessment");
    await user.type(field("summary"), "Mine");
    const { version } = await desk.encounter("e1");
    const theirs = { presentingComplaint: "", summary: "Theirs", answers: [], advice: "" };
    await desk.recordResponses("e1", version, { ...theirs, consent: "" });
    await press(user, "Save assessment");
    await screen.findByText("Somebody else changed this meanwhile");
    await press(user, "Reload the encounter");
    await screen.findByText("Theirs");
    expect(field("summary")).toHaveProperty("value", "Mine");
    expect(await violations()).toEqual([]);
    // Going elsewhere and back does not make it forget that the other desk was first.
    await press(user, "Pass over for now");
    await page("Choose a service");
    await press(user, "Assessment");
    await page("Assessment");
    await press(user, "Save assessment");
    await screen.findByText("Somebody else changed this meanwhile");
    await press(user, "Reload the encounter");
    await press(user, "Go on with what I typed");
    await press(user, "Save assessment");
    await page("Choose a service");
    expect((await desk.encounter("e1")).responses.summary).toBe("Mine");
  });
});

describe("outcomes", () => {
  it("an earlier one is shown as no longer counting, and none being needed leads to the ending", async () => {
    const { user } = open({ signedIn: true });
    await toServices(user);
    await press(user, /Assessment outcome/);
    await page("Assessment outcome");
    await user.click(field("code-Dx07"));
    await press(user, "Record outcome");
    await page("Choose a service");
    await press(user, /Assessment outcome/);
    const earlier = await screen.findByRole("region", { name: /^Earlier outcomes/ });
    within(earlier).getByText(/Dx06/);
    expect(await violations()).toEqual([]);
    await press(user, "No service is needed");
    await page("Finish encounter");
    expect(field("how-noReferralRequired")).toHaveProperty("checked", true);
    await press(user, "End the encounter");
    await page("Desk");
  });
});

describe("BO-2: a service that requires a booking", () => {
  it("has no way of referring in the list, and says so at once where nothing is free in time", async () => {
    const { desk, user } = open({ signedIn: true });
    const referred = vi.spyOn(desk, "refer");
    await toServices(user);
    expect(
      screen.queryByRole("button", { name: /^Refer without a booking: Northdale GP Out of Hours/ }),
    ).toBeNull();
    await chooseBookingOnly(user);
    await screen.findByText("This service requires a booking");
    expect(await violations()).toEqual([]);
    await press(user, "See this service’s slots");
    await page("Choose a slot");
    await screen.findByText("No free slots", { selector: "h2" });
    expect(screen.queryByRole("button", { name: /Refer/ })).toBeNull();
    expect(referred).not.toHaveBeenCalled();
  });

  it("choosing another goes back into the list", async () => {
    const { user } = open({ signedIn: true });
    await toServices(user);
    await chooseBookingOnly(user);
    await press(user, "Choose another service");
    expect(screen.queryByText("This service requires a booking")).toBeNull();
    expect(document.activeElement?.getAttribute("aria-label")).toMatch(/^Choose Northdale Urgent/);
  });

  it("the referral step has no send button while it is blocked, and names the late slots", async () => {
    const { desk, user } = open({ signedIn: true });
    const gate = desk.reviewReferral;
    vi.spyOn(desk, "reviewReferral").mockImplementation(async (input) => {
      const view = await gate(input);
      const blocked = fakeProblem("referralBlocked", {
        title: "This service requires a booking",
        nextSteps: ["freshSlots", "anotherService"],
      });
      return { ...view, gate: { ...view.gate, blocked, slots: "None in time, 3 too late" } };
    });
    await toServices(user);
    await press(user, "Refer without a booking: Northdale Urgent Treatment Centre");
    await page("Referral");
    await screen.findByText("This service requires a booking");
    expect(screen.queryByRole("button", { name: /^(Send|Make) the referral/ })).toBeNull();
    expect(await violations()).toEqual([]);
    await press(user, "See its late slots, for a clinician to approve");
    await page("Choose a slot");
  });

  it("what the core stops at the last moment takes the send button away", async () => {
    const { desk, user } = open({ signedIn: true });
    await toReferral(user);
    await assess(user);
    const blocked = fakeProblem("referralBlocked", { title: "This service requires a booking" });
    const review = desk.reviewReferral;
    vi.spyOn(desk, "refer").mockRejectedValue(blocked);
    vi.spyOn(desk, "reviewReferral").mockImplementation(async (input) => {
      const view = await review(input);
      return { ...view, gate: { ...view.gate, blocked } };
    });
    await press(user, "Send the referral");
    await waitFor(() =>
      expect(screen.queryByRole("button", { name: "Send the referral" })).toBeNull(),
    );
    await screen.findByText("This service requires a booking");
  });
});

describe("referring", () => {
  it("what is missing leads to the assessment and back, and then it can be sent", async () => {
    const { desk, user } = open({ signedIn: true });
    const sent = vi.spyOn(desk, "refer");
    await toReferral(user);
    await screen.findByText("a clinical summary");
    expect(screen.queryByRole("button", { name: "Send the referral" })).toBeNull();
    expect(await violations()).toEqual([]);
    await assess(user);
    await screen.findByText("No red flags");
    expect(screen.queryByText("a clinical summary")).toBeNull();
    expect(await violations()).toEqual([]);
    await user.dblClick(await screen.findByRole("button", { name: "Send the referral" }));
    await screen.findByText("The service has the referral.");
    expect(sent).toHaveBeenCalledTimes(1);
    expect(sent.mock.calls[0]?.[0]).toEqual({ encounterId: "e1", searchId: null, serviceId: null });
  });

  it("each receiver is told of, and what was sent can be read and printed", async () => {
    const { desk, user } = open({ signedIn: true, referral: "copyNotReceived" });
    const printed = vi.spyOn(desk, "printPage");
    await toSent(user);
    const heading = await screen.findByRole("heading", { level: 2, name: /^Referral: / });
    await waitFor(() => expect(document.activeElement).toBe(heading));
    await screen.findByText("Received");
    await screen.findByText("Not received");
    await screen.findByText(/^Copy for information/);
    await screen.findByText(/^Send it again from unfinished work/);
    await press(user, "Read what was sent");
    await screen.findByText("Sore throat for two days");
    await press(user, "Print");
    await waitFor(() => expect(printed).toHaveBeenCalledTimes(1));
    const sheet = document.querySelector(".app-paper");
    expect(sheet?.textContent).toContain("Sore throat for two days");
    expect(sheet?.querySelector("button")).toBeNull();
    expect(await violations()).toEqual([]);
    // Again, and it is said where it does not go.
    printed.mockRejectedValueOnce(new Error("no printer"));
    await press(user, "Print");
    await screen.findByText("Could not print. Save the document instead.");
    expect(printed).toHaveBeenCalledTimes(2);
    await press(user, "Open unfinished work");
    await page("Unfinished work");
  });

  it("each stage is told, and a press on stop is passed on once", async () => {
    const { desk, user } = open({ signedIn: true });
    const tellers: ((stage: BookingStageView) => void)[] = [];
    await toReferral(user);
    await assess(user);
    vi.spyOn(desk, "refer").mockImplementation((_input, onStage) => {
      tellers.push(onStage);
      return new Promise(() => undefined);
    });
    const stopped = vi.spyOn(desk, "stopSending");
    await press(user, "Send the referral");
    act(() => tellers[0]?.({ words: "Busy. Trying again in 2 seconds", mayStop: true }));
    await screen.findByText("Busy. Trying again in 2 seconds");
    await user.dblClick(await screen.findByRole("button", { name: "Stop trying" }));
    expect(stopped).toHaveBeenCalledTimes(1);
  });

  it("after something unexpected it is not sent again from here", async () => {
    const { desk, user } = open({ signedIn: true });
    await toReferral(user);
    await assess(user);
    const sent = vi.spyOn(desk, "refer").mockRejectedValue(fakeProblem("unexpected"));
    await press(user, "Send the referral");
    await screen.findByText(/may have been sent/);
    await press(user, "Send the referral");
    expect(sent).toHaveBeenCalledTimes(1);
  });

  it("one that goes by hand is saved, and that it was sent is recorded", async () => {
    const { user } = open({ signedIn: true, referral: "byHand" });
    await toSent(user);
    await screen.findByText("To be sent by hand.");
    await press(user, "Save the document");
    await screen.findByText(/Saved to read and attach: Downloads\/d1\.html/);
    expect(screen.getByLabelText("To")).toHaveProperty("value", "utc@example.test");
    const subject = screen.getByLabelText("Subject") as HTMLInputElement;
    expect(subject.value.startsWith("[SECURE] ")).toBe(true);
    await press(user, "Record that it was sent");
    await screen.findByRole("link", { name: /^Say in a few words/ });
    expect(await violations()).toEqual([]);
    await user.type(field("sentByHand.d1"), "By secure mail to the duty desk");
    await press(user, "Record that it was sent");
    await screen.findByText("Sent by hand.");
    await screen.findByText(/By secure mail to the duty desk/);
    expect(screen.queryByRole("button", { name: "Record that it was sent" })).toBeNull();
  });

  it("one whose booking was cancelled says that it is none, and that the service was told is recorded", async () => {
    const { user } = open({ signedIn: true, referral: "decoupled" });
    await toSent(user);
    await screen.findByRole("heading", { name: /No referral any more/ });
    await screen.findByText(/^Telephone the service on 0113/);
    expect(await violations()).toEqual([]);
    await user.type(field("told.d1"), "Told the nurse in charge");
    await press(user, "Record that the service was told");
    await screen.findByText(/The service was told: Told the nurse in charge/);
    expect(screen.queryByText(/^Telephone the service on 0113/)).toBeNull();
  });

  it("without a booking goes to the service that was chosen", async () => {
    const { desk, user } = open({ signedIn: true });
    const asked = vi.spyOn(desk, "reviewReferral");
    await toServices(user);
    await press(user, "Refer without a booking: Northdale Urgent Treatment Centre");
    await page("Referral");
    await assess(user);
    await screen.findByText(/No booking goes with it/);
    expect(asked.mock.calls[0]?.[0]).toMatchObject({ encounterId: "e1", serviceId: "S1" });
    expect(await violations()).toEqual([]);
  });
});

describe("ending", () => {
  it("cannot be completed while the booking has no referral, and says why", async () => {
    const { user } = open({ signedIn: true });
    await toBooked(user);
    await press(user, "Finish encounter");
    await page("Finish encounter");
    expect(field("how-completed")).toHaveProperty("disabled", true);
    expect((await screen.findAllByText(/The booking has no referral/)).length).toBeGreaterThan(0);
    expect(await violations()).toEqual([]);
    await user.click(field("how-leftUndone"));
    await press(user, "End the encounter");
    await screen.findByRole("link", { name: /^Say in a few words/ });
    await user.type(field("why"), "The caller hung up");
    await press(user, "End the encounter");
    await page("Desk");
  });

  it("what the core refuses is told in place", async () => {
    const { user } = open({ signedIn: true });
    await toBooked(user);
    await press(user, "Finish encounter");
    await page("Finish encounter");
    await user.click(field("how-noReferralRequired"));
    await press(user, "End the encounter");
    await screen.findByText("The patient still holds a booking from this encounter");
  });

  it("is completed once the referral is sent", async () => {
    const { desk, user } = open({ signedIn: true });
    await toSent(user);
    await screen.findByText("The service has the referral.");
    await press(user, "Finish encounter");
    await page("Finish encounter");
    await waitFor(() => expect(field("how-completed")).toHaveProperty("checked", true));
    await press(user, "End the encounter");
    await page("Desk");
    expect((await desk.encounter("e1")).ending).toBe("Completed");
  });
});
