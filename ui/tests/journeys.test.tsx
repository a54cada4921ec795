import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { put } from "../src/journeys/services/availability";
import type { AvailabilityView, BookingStageView } from "../src/contract/contract";
import { fakeDesk, fakeProblem } from "../src/fake/fakeDesk";
import { field, open, openTo, page, toCheck, toServices, toSlots, violations } from "./open";

describe("signing in", () => {
  it("a ready user fills the form and signs in", async () => {
    const { user } = open();
    await page("Sign in");
    expect(await violations()).toEqual([]);
    await user.click((await screen.findAllByRole("button", { name: /^Use/ }))[0] as HTMLElement);
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    await page("Desk");
    expect(await violations()).toEqual([]);
  });

  it("a refusal is told and the username stays as it was typed", async () => {
    const refused = fakeProblem("wrongPassphrase", { title: "Username or passphrase is wrong" });
    const { user } = open({}, { signIn: () => Promise.reject(refused) });
    await page("Sign in");
    await user.type(field("username"), "handler");
    await user.type(field("passphrase"), "wrong");
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    await screen.findByText("Username or passphrase is wrong");
    expect(field("username")).toHaveProperty("value", "handler");
  });
});

describe("taking down a patient", () => {
  it("the error summary takes focus and links to the field, and nothing typed is lost", async () => {
    const { user } = open({ signedIn: true });
    await page("Desk");
    await user.click(screen.getByRole("button", { name: "New patient" }));
    await page("Patient");
    await user.type(field("givenName"), "Kept");
    await user.click(screen.getByRole("button", { name: "Save patient" }));
    const summary = (await screen.findByText("There is a problem")).closest('[tabindex="-1"]');
    await waitFor(() => expect(document.activeElement).toBe(summary));
    expect(await violations()).toEqual([]);
    const links = within(summary as HTMLElement).getAllByRole("link");
    await user.click(links[0] as HTMLElement);
    await waitFor(() => expect(document.activeElement?.tagName).toBe("INPUT"));
    expect(field("givenName")).toHaveProperty("value", "Kept");
    const beside = () => field("familyName").closest(".nhsuk-form-group--error");
    expect(beside()).not.toBeNull();
    await user.type(field("familyName"), "Patient");
    expect(beside()).toBeNull();
  });

  it("the NHS number is looked at by the core as it is typed", async () => {
    const { desk, user } = open({ signedIn: true });
    const asked = vi.spyOn(desk, "checkNhsNumber");
    await page("Desk");
    await user.click(screen.getByRole("button", { name: "New patient" }));
    await page("Patient");
    await user.type(field("nhsNumber"), "9434765919");
    await waitFor(() => expect(field("nhsNumber")).toHaveProperty("value", "943 476 5919"));
    expect(asked).toHaveBeenCalled();
  });
});

describe("services", () => {
  const view = (state: AvailabilityView["state"], words: string): AvailabilityView => ({
    searchId: "s",
    serviceId: "1",
    state,
    inTime: 0,
    outOfTime: 0,
    earliest: "",
    words,
    asked: "",
    problem: null,
  });

  it("a stale availability answer never overwrites a fresh one", () => {
    let board = put({}, "s", 1, view("asking", ""));
    board = put(board, "s", 2, view("freeInTime", "4 free in time"));
    board = put(board, "s", 1, view("noneFree", "No free slots"));
    expect(board["1"]?.view.words).toBe("4 free in time");
    expect(put(board, "other", 3, view("failed", ""))).toBe(board);
  });

  it("what a provider said stands while it is asked again", () => {
    let board = put({}, "s", 1, view("freeInTime", "4 free in time"));
    board = put(board, "s", 2, view("asking", "Asking"));
    expect(board["1"]?.view.words).toBe("4 free in time");
    board = put(board, "s", 2, view("noneFree", "No free slots"));
    expect(board["1"]?.view.words).toBe("No free slots");
  });

  it("passing over the first service asks for the reason in place", async () => {
    const { user } = open({ signedIn: true });
    await toServices(user);
    expect(await violations()).toEqual([]);
    const choices = await screen.findAllByRole("button", { name: /^Choose / });
    await user.click(choices[1] as HTMLElement);
    const reasons = await screen.findAllByRole("radio");
    expect(reasons.length).toBeGreaterThan(1);
    expect(await violations()).toEqual([]);
  });

  it("the search goes as far as is chosen, also where nothing was found", async () => {
    const nothing = fakeProblem("noServicesFound", { title: "No service found" });
    const { desk, user } = open({ signedIn: true });
    const found = desk.findServices;
    const asked = vi
      .spyOn(desk, "findServices")
      .mockImplementation((id, miles) => (miles ? found(id, miles) : Promise.reject(nothing)));
    await toServices(user);
    await screen.findByText("No service found");
    await user.selectOptions(screen.getByLabelText("Search within"), "40 miles");
    await screen.findByText(/Within 40 miles/);
    expect(asked.mock.calls.map(([, miles]) => miles)).toEqual([null, 40]);
  });
});

describe("booking", () => {
  it("confirmed: everything to read back is on the page", async () => {
    const { user } = open({ signedIn: true });
    await toCheck(user);
    expect(await violations()).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Book this slot" }));
    await page("Booked");
    await screen.findByText("Read back to the patient");
    expect(await violations()).toEqual([]);
  });

  it("unknown is its own screen and leads to unfinished work", async () => {
    const { user } = open({ signedIn: true, booking: "unknown" });
    await toCheck(user);
    await user.click(screen.getByRole("button", { name: "Book this slot" }));
    await page("We do not know whether this was booked");
    expect(screen.queryByText("Read back to the patient")).toBeNull();
    expect(await violations()).toEqual([]);
  });

  it("not booked says why and offers what to do next", async () => {
    const { user } = open({ signedIn: true, booking: "notBooked" });
    await toCheck(user);
    await user.click(screen.getByRole("button", { name: "Book this slot" }));
    await page("Not booked");
    expect(await violations()).toEqual([]);
  });

  it("a second press while it is being booked sends nothing", async () => {
    const { desk, user } = open({ signedIn: true });
    const sent = vi.spyOn(desk, "book").mockImplementation(() => new Promise(() => undefined));
    await toCheck(user);
    const button = screen.getByRole("button", { name: "Book this slot" });
    await user.dblClick(button);
    await user.click(button);
    expect(sent).toHaveBeenCalledTimes(1);
  });
});

describe("ER-2: what is sent again", () => {
  it("each pause is told, and a press on stop is passed on once", async () => {
    const { desk, user } = open({ signedIn: true });
    const tellers: ((stage: BookingStageView) => void)[] = [];
    vi.spyOn(desk, "book").mockImplementation((_input, onStage) => {
      tellers.push(onStage);
      return new Promise(() => undefined);
    });
    const stopped = vi.spyOn(desk, "stopSending");
    await toCheck(user);
    await user.click(screen.getByRole("button", { name: "Book this slot" }));
    expect(screen.queryByRole("button", { name: "Stop trying" })).toBeNull();
    const words = "The service’s booking system is busy. Trying again in 2 seconds";
    act(() => tellers[0]?.({ words, mayStop: true }));
    await screen.findByText(words);
    // The next sending does not take the button away from under the finger.
    act(() => tellers[0]?.({ words: "Booking, attempt 3 of 4", mayStop: false }));
    expect(await violations()).toEqual([]);
    const stop = screen.getByRole("button", { name: "Stop trying" });
    await user.dblClick(stop);
    expect(stopped).toHaveBeenCalledTimes(1);
    await screen.findByText(/not sent again/);
  });
});

describe("SL-4: slots as they come", () => {
  it("one that cannot be booked is shown with the reason, and is no button", async () => {
    const { user } = open({ signedIn: true });
    await toSlots(user);
    const reason = await screen.findAllByText(/gave no end/);
    expect(reason[0]?.closest("button")).toBeNull();
    expect(await violations()).toEqual([]);
  });
});

describe("unfinished work", () => {
  it("stands first on the desk and can be settled by hand", async () => {
    const { user } = open({ signedIn: true, unfinished: true });
    await page("Desk");
    expect(await violations()).toEqual([]);
    await user.click(screen.getAllByRole("button", { name: /^Unfinished work/ })[0] as HTMLElement);
    await page("Unfinished work");
    await user.click(await screen.findByRole("button", { name: /^Settle by hand/ }));
    expect(await violations()).toEqual([]);
  });
});

describe("situations for training", () => {
  it("are there before anybody signs in, and each order says what it did", async () => {
    const { user } = open();
    await page("Sign in");
    await user.click(screen.getByRole("button", { name: "Situations for training" }));
    await page("Situations for training");
    await screen.findByText("Behind the counter");
    expect(await violations()).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Set up Lost answer" }));
    await screen.findByText(/^Set up: Lost answer/);
    await user.selectOptions(screen.getByLabelText("Where"), "Spine directory");
    await user.click(screen.getByRole("button", { name: "Put on cue" }));
    await screen.findByText("On cue: Spine directory. Is offline.");
    await user.click(screen.getByRole("button", { name: "Clear all" }));
    await screen.findByText("Nothing: every system answers as it should.");
    expect(await violations()).toEqual([]);
  });

  it("a booking is changed from the provider's side", async () => {
    const { desk, user } = open({ signedIn: true });
    const ordered = vi.spyOn(desk, "demonstrate");
    await page("Desk");
    await user.click(screen.getByRole("button", { name: "Situations for training" }));
    await user.click(await screen.findByRole("button", { name: /^Arrived: Mr John Patient/ }));
    await screen.findByText("arrived");
    expect(ordered).toHaveBeenCalledWith({ order: "booking", booking: "a1", event: "arrived" });
  });

  it("are not there in live use", async () => {
    const start = await fakeDesk({}).start();
    open({}, { start: () => Promise.resolve({ ...start, mode: "live", situations: false }) });
    await page("Sign in");
    expect(screen.queryByRole("button", { name: "Situations for training" })).toBeNull();
  });
});

describe("a late slot that needs a clinician's approval", () => {
  const toLate = async (options: Parameters<typeof open>[0]) => {
    const opened = open({ signedIn: true, gate: "needsApproval", ...options });
    await toSlots(opened.user);
    await opened.user.click(
      (await screen.findAllByRole("button", { name: /late/ }))[0] as HTMLElement,
    );
    await page("Check before booking");
    await screen.findByText("How does the clinician approve it?");
    return opened;
  };

  it("is not booked before, is approved in place, and the order names the approval", async () => {
    const { desk, user } = await toLate({});
    const booked = vi.spyOn(desk, "book");
    expect(screen.queryByRole("button", { name: "Book this slot" })).toBeNull();
    expect(await violations()).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Approve this slot" }));
    await screen.findByText("There is a problem");
    expect(await violations()).toEqual([]);
    await user.type(field("approverUsername"), "clinician");
    await user.type(field("approverPassphrase"), "their own");
    await user.type(field("ground"), "Stable, knows when to call back");
    await user.click(field("patientAccepts"));
    await user.click(screen.getByRole("button", { name: "Approve this slot" }));
    await screen.findByText(/^Approved by OKAFOR/);
    await user.click(screen.getByRole("button", { name: "Book this slot" }));
    await page("Booked");
    expect(booked.mock.calls[0]?.[0]).toMatchObject({ approvalId: "approval" });
  });

  it.each(["lateNeedsApproval", "shownTooLongAgo"] as const)(
    "that the core holds no more (%s) has to be given once more",
    async (code) => {
      const { desk, user } = await toLate({});
      vi.spyOn(desk, "book").mockRejectedValue(fakeProblem(code, { title: "Not taken" }));
      await user.type(field("approverUsername"), "clinician");
      await user.type(field("ground"), "Stable");
      await user.click(screen.getByRole("button", { name: "Approve this slot" }));
      await screen.findByText(/^Approved by OKAFOR/);
      await user.click(screen.getByRole("button", { name: "Book this slot" }));
      await screen.findByText("Not taken");
      await screen.findByText("How does the clinician approve it?");
      expect(screen.queryByRole("button", { name: "Book this slot" })).toBeNull();
    },
  );

  it("a refusal is recorded, and the passphrase does not stay in its field", async () => {
    const { user } = await toLate({});
    await user.type(field("approverUsername"), "clinician");
    await user.type(field("approverPassphrase"), "their own");
    await user.type(field("ground"), "Needs to be seen within the hour");
    await user.click(screen.getByRole("button", { name: "The clinician does not approve" }));
    await screen.findByText(/^Recorded: clinician does not approve this slot/);
    expect(field("approverPassphrase")).toHaveProperty("value", "");
    await user.click(screen.getByLabelText(/^By telephone/));
    expect(field("registration")).toHaveProperty("value", "");
    expect(await violations()).toEqual([]);
  });
});

describe("a desk that nobody is at", () => {
  it("locks itself, and whoever signs in goes on where it was left", async () => {
    const start = await fakeDesk({ signedIn: true }).start();
    const quick = { ...start, lockAfterSeconds: 3 };
    const { desk, user } = open({ signedIn: true }, { start: () => Promise.resolve(quick) });
    const locked = vi.spyOn(desk, "lock");
    await page("Desk");
    await user.click(screen.getByRole("button", { name: "New patient" }));
    await page("Patient");
    await user.type(field("givenName"), "Kept");
    await waitFor(() => expect(locked).toHaveBeenCalledTimes(1), { timeout: 8000 });
    await page("Sign in");
    await screen.findByText(/^The desk was locked/);
    expect(screen.queryByText("Kept")).toBeNull();
    expect(await violations()).toEqual([]);
    await user.type(field("username"), "handler");
    await user.type(field("passphrase"), "demo call handler");
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    await page("Patient");
    expect(field("givenName")).toHaveProperty("value", "Kept");
  }, 20000);
});

describe("shortcuts", () => {
  it("nf_2: nobody is led to a page whose work is not theirs to do", async () => {
    const { user } = await openTo({ mayBook: false });
    await page("Desk");
    await user.keyboard("{Alt>}n{/Alt}");
    await page("Desk");
    expect(screen.queryByText("New patient")).toBeNull();
    await user.keyboard("{Alt>}b{/Alt}");
    await page("Find bookings");
  });
});

describe("users", () => {
  it("a supervisor locks one and adds another", async () => {
    const { user } = open({ signedIn: true });
    await page("Desk");
    await user.click(screen.getByRole("button", { name: "Users" }));
    await page("Users");
    await screen.findByText("OKAFOR, Amara (Dr)");
    expect(await violations()).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Lock OKAFOR, Amara (Dr)" }));
    await screen.findByText("OKAFOR, Amara (Dr) may sign in no more.");
    await screen.findByRole("button", { name: "Unlock OKAFOR, Amara (Dr)" });
    await user.click(screen.getByRole("button", { name: "Add user" }));
    await screen.findByText("There is a problem");
    await user.type(field("username"), "new.one");
    await user.type(field("familyName"), "NEW");
    await user.click(screen.getByRole("button", { name: "Add user" }));
    await screen.findByText("NEW can sign in as new.one.");
    expect(await violations()).toEqual([]);
  });
});
