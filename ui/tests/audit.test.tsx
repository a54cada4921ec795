import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { fakeDesk, fakeProblem } from "../src/fake/fakeDesk";
import { field, open, openTo, page, violations } from "./open";
import type { User } from "./open";

const grid = () => screen.findByRole("grid", { name: "Events, newest first" });
const rows = async () =>
  within(await grid())
    .getAllByRole("row")
    .slice(1);

async function toAudit(user: User) {
  await page("Desk");
  await user.click(screen.getByRole("button", { name: "Audit record" }));
  await page("Audit record");
}

beforeAll(() => {
  // jsdom lays nothing out: the list is to be as high as in a window.
  Object.defineProperty(HTMLElement.prototype, "offsetHeight", { configurable: true, value: 480 });
  Object.defineProperty(HTMLElement.prototype, "offsetWidth", { configurable: true, value: 1200 });
  Object.defineProperty(HTMLElement.prototype, "clientHeight", { configurable: true, value: 480 });
  HTMLElement.prototype.scrollIntoView = vi.fn();
  HTMLElement.prototype.scrollTo = function scrollTo(
    this: HTMLElement,
    to?: ScrollToOptions | number,
  ) {
    if (typeof to === "object") this.scrollTop = to.top ?? 0;
    fireEvent.scroll(this);
  } as typeof HTMLElement.prototype.scrollTo;
});

describe("the audit record", () => {
  it("a long record shows its newest rows at once, says how many there are, and keeps few in the page", async () => {
    const { user } = open({ signedIn: true, audit: { events: 1_000_000 } });
    await toAudit(user);
    const list = await grid();
    await screen.findByText("More than 10,000 events");
    expect(list.getAttribute("aria-rowcount")).toBe("-1");
    const shown = await rows();
    expect(shown.length).toBeLessThan(60);
    expect(shown[0]?.getAttribute("aria-rowindex")).toBe("2");
    expect(await violations()).toEqual([]);
  });

  it("an event that cannot be read is marked by a sign, in the list and where it is opened", async () => {
    const desk = fakeDesk({ signedIn: true, audit: { events: 5 } });
    const { readAudit } = desk;
    desk.readAudit = async (input) => {
      const page = await readAudit(input);
      const unreadable = { readable: false, what: "This event cannot be read", role: "" };
      return {
        ...page,
        rows: page.rows.map((row, at) => (at === 1 ? { ...row, ...unreadable } : row)),
      };
    };
    const { user } = open({}, desk);
    await toAudit(user);
    const shown = await rows();
    expect(shown.map((row) => row.textContent.includes("⚠"))).toEqual([
      false,
      true,
      false,
      false,
      false,
    ]);
    if (shown[1]) await user.click(shown[1]);
    await screen.findByRole("heading", { name: /This event cannot be read/ });
  });

  it("the count does not hold up the rows", async () => {
    const never = () => new Promise<never>(() => undefined);
    const { user } = open({ signedIn: true }, { countAudit: never });
    await toAudit(user);
    await rows();
    expect(screen.getByText("Counting the events")).toBeTruthy();
  });

  it("each window is read once, whatever is scrolled and drawn again, also after another page", async () => {
    const desk = fakeDesk({ signedIn: true, audit: { events: 350 } });
    const read = vi.spyOn(desk, "readAudit");
    const { user } = open({}, desk);
    await toAudit(user);
    const list = await grid();
    list.focus();
    for (let times = 0; times < 6; times += 1) {
      await user.keyboard("{End}");
      await user.keyboard("{Home}");
    }
    await waitFor(() => expect(read.mock.calls.length).toBe(4));
    expect(read.mock.calls.map(([{ before }]) => before)).toEqual([null, 251, 151, 51]);
    await user.click(screen.getByRole("button", { name: "Desk" }));
    await toAudit(user);
    await rows();
    expect(read.mock.calls.length).toBe(4);
  });

  it("by keyboard one goes along the rows, the list keeps the focus, and a row opens and closes", async () => {
    const { user } = open({ signedIn: true, audit: { events: 90 } });
    await toAudit(user);
    const list = await grid();
    list.focus();
    const at = () => document.getElementById(list.getAttribute("aria-activedescendant") ?? "");
    expect(at()?.getAttribute("aria-rowindex")).toBe("2");
    await user.keyboard("{ArrowDown}{ArrowDown}");
    expect(at()?.getAttribute("aria-rowindex")).toBe("4");
    await user.keyboard("{End}");
    await waitFor(() => expect(at()?.getAttribute("aria-rowindex")).toBe("91"));
    await user.keyboard("{PageUp}{Home}");
    expect(at()?.getAttribute("aria-rowindex")).toBe("2");
    expect(document.activeElement).toBe(list);
    await user.keyboard("{ArrowDown}{Enter}");
    const heading = await screen.findByRole("heading", { level: 2, name: /Booking requested at/ });
    await waitFor(() => expect(document.activeElement).toBe(heading));
    expect(screen.getByText("Request id")).toBeTruthy();
    expect(await violations()).toEqual([]);
    await user.keyboard("{Escape}");
    expect(document.activeElement?.id).toBe("audit-events");
    expect(screen.queryByRole("heading", { level: 2, name: /Booking requested at/ })).toBeNull();
  });

  it("outcomes are told by a word, not by colour alone", async () => {
    const { user } = open({ signedIn: true });
    await toAudit(user);
    const list = within(await grid());
    for (const word of ["Done", "Failed", "Not known"]) {
      expect(list.getAllByText(word, { exact: false }).length).toBeGreaterThan(0);
    }
  });

  it("a kind is found by typing a part of it, the filter says what is in force, and one key clears it", async () => {
    const desk = fakeDesk({ signedIn: true });
    const read = vi.spyOn(desk, "readAudit");
    const { user } = open({}, desk);
    await toAudit(user);
    await rows();
    await user.type(field("kind"), "requested");
    expect(screen.getAllByRole("option")).toHaveLength(1);
    await user.keyboard("{ArrowDown}{Enter}");
    expect(field("kind")).toHaveProperty("value", "Booking requested");
    await user.click(screen.getByRole("button", { name: "Show these" }));
    await screen.findByText("In force:");
    expect(read.mock.lastCall?.[0].filter.kind).toBe("bookingIntended");
    expect(await violations()).toEqual([]);
    await user.keyboard("{Alt>}c{/Alt}");
    await waitFor(() => expect(screen.queryByText("In force:")).toBeNull());
    expect(field("kind")).toHaveProperty("value", "");
  });

  it("the kinds can be gone through in their groups by keyboard", async () => {
    const { user } = open({ signedIn: true });
    await toAudit(user);
    await rows();
    field("kind").focus();
    await user.keyboard("{ArrowDown}");
    const list = within(screen.getByRole("listbox", { name: "Kind of event" }));
    expect(list.getAllByRole("option")).toHaveLength(3);
    expect(await violations()).toEqual([]);
    await user.keyboard("{ArrowUp}{Enter}");
    expect(field("kind")).toHaveProperty("value", "Signed in");
    await user.keyboard("{ArrowDown}{Escape}");
    expect(screen.queryByRole("listbox")).toBeNull();
  });

  it("what is wrong with the filter is told beside its field, and nothing typed is lost", async () => {
    const { user } = open({ signedIn: true });
    await toAudit(user);
    await rows();
    await user.type(field("nhsNumber"), "9990000019");
    await user.type(field("kind"), "no such thing");
    await user.type(field("user"), "somebody");
    await user.click(screen.getByRole("button", { name: "Show these" }));
    await screen.findByText("There is a problem");
    expect(field("nhsNumber").getAttribute("aria-invalid")).toBe("true");
    expect(field("kind").getAttribute("aria-invalid")).toBe("true");
    expect(field("user")).toHaveProperty("value", "somebody");
    expect(await violations()).toEqual([]);
  });

  it("the filter is kept when one goes to an encounter and back", async () => {
    const { user } = open({ signedIn: true });
    await toAudit(user);
    await rows();
    await user.type(field("user"), "pcarter");
    await user.click(screen.getByRole("button", { name: "Show these" }));
    await screen.findByText("In force:");
    (await grid()).focus();
    await user.keyboard("{ArrowDown}{Enter}");
    await user.click(await screen.findByRole("button", { name: "Show the whole encounter" }));
    await page("The encounter, step by step");
    await user.click(screen.getByRole("button", { name: "Back" }));
    await page("Audit record");
    await screen.findByText("In force:");
    expect(field("user")).toHaveProperty("value", "pcarter");
  });

  it("nothing found says what to do", async () => {
    const { user } = open({ signedIn: true });
    await toAudit(user);
    await user.type(field("user"), "nobody");
    await user.click(screen.getByRole("button", { name: "Show these" }));
    await screen.findByText(/The record has no such event/);
  });

  it("events that came since are told and shown only when asked for", async () => {
    const desk = fakeDesk({ signedIn: true, audit: { events: 20, newer: 3 } });
    const { user } = open({}, desk);
    await toAudit(user);
    const first = async () => (await rows())[0]?.id;
    expect(await first()).toBe("event-20");
    const show = await screen.findByRole("button", { name: "3 newer events: show" });
    expect(await first()).toBe("event-20");
    await user.click(show);
    await waitFor(async () => expect(await first()).toBe("event-23"));
  });

  it("a record that cannot be read says so, with a way to try again", async () => {
    const failed = fakeProblem("recordFailed", { title: "Cannot read", nextSteps: ["tryAgain"] });
    const { user } = open({ signedIn: true }, { readAudit: () => Promise.reject(failed) });
    await toAudit(user);
    await screen.findByText("Cannot read");
    expect(screen.getByRole("button", { name: "Try again" })).toBeTruthy();
  });

  it("whoever may not read the audit record is offered no way to it", async () => {
    await openTo({ mayReadAudit: false });
    await page("Desk");
    expect(screen.queryByRole("button", { name: "Audit record" })).toBeNull();
  });
});

describe("keeping the record", () => {
  it("a verification is shown with when and by whom, and stays shown", async () => {
    const { user } = open({ signedIn: true });
    await toAudit(user);
    await screen.findByText("This record was not verified yet.");
    await user.click(screen.getByRole("button", { name: "Verify the record" }));
    await screen.findByText("All 5,000 events hold, 4 seals met");
    await screen.findByText(/by supervisor/);
    expect(screen.getByText(/4 seals are kept/)).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it("a record that does not hold says which event, what it means and what to do", async () => {
    const { user } = open({ signedIn: true, audit: { broken: true } });
    await toAudit(user);
    await user.click(await screen.findByRole("button", { name: "Verify the record" }));
    await screen.findByText(/event 7 does not hold/);
    await screen.findByText(/Something other than Booking Desk wrote/);
    await screen.findByText(/Export the record now/);
  });

  it("a verification says how far it is and can be stopped", async () => {
    let stop: () => void = () => undefined;
    const stopped = vi.fn(() => {
      stop();
      return Promise.resolve();
    });
    const { user } = open(
      { signedIn: true },
      {
        verifyAudit: (onProgress) =>
          new Promise((done) => {
            onProgress({ done: 1200, of: 5000, words: "1,200 of 5,000 events" });
            stop = () => done(null);
          }),
        stopAudit: stopped,
      },
    );
    await toAudit(user);
    await user.click(await screen.findByRole("button", { name: "Verify the record" }));
    await screen.findByText("1,200 of 5,000 events");
    expect(screen.getByRole("progressbar", { name: "Verified so far" })).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Stop verifying" }));
    await screen.findByText(/Stopped: nothing was found out/);
    expect(stopped).toHaveBeenCalledOnce();
  });

  it("an export says what was written, with the hashes; a folder that is taken is told in place", async () => {
    const { user } = open({ signedIn: true });
    await toAudit(user);
    await user.click(await screen.findByRole("button", { name: "Export what is shown" }));
    await user.clear(field("folder"));
    await user.type(field("folder"), "taken");
    await user.click(screen.getByRole("button", { name: "Write the files" }));
    await screen.findByText("There is a problem");
    expect(field("folder").getAttribute("aria-invalid")).toBe("true");
    expect(field("folder")).toHaveProperty("value", "taken");
    await user.type(field("folder"), "-2");
    await user.click(screen.getByRole("button", { name: "Write the files" }));
    await screen.findByText("40 events written");
    expect(screen.getByText(/downloads\/taken-2/)).toBeTruthy();
    expect(screen.getByRole("button", { name: "Copy the hash of audit.jsonl" })).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it("a disk that is full says so where the export was asked for", async () => {
    const full = fakeProblem("notExported", { title: "The disk is full" });
    const { user } = open({ signedIn: true }, { exportAudit: () => Promise.reject(full) });
    await toAudit(user);
    await user.click(await screen.findByRole("button", { name: "Export what is shown" }));
    await user.click(screen.getByRole("button", { name: "Write the files" }));
    const form = within(screen.getByRole("form", { name: "Export" }));
    await form.findByText("The disk is full");
  });
});

describe("an encounter, step by step", () => {
  const hash = "#/auditTimeline/148f2c90-0000-4000-8000-000000000001";

  it("says who it was about, what happened when, and how long it took between", async () => {
    window.location.hash = hash;
    const { user } = open({ signedIn: true });
    await page("The encounter, step by step");
    await screen.findByText("PATIENT, John (Mr)");
    expect(screen.getByRole("heading", { level: 2, name: "Friday 20-Nov-2026" })).toBeTruthy();
    expect(screen.getByRole("heading", { level: 3, name: "Booking" })).toBeTruthy();
    expect(screen.getByText("0.9 s later")).toBeTruthy();
    expect(screen.queryByText("Trace id")).toBeNull();
    await user.click(screen.getByLabelText("Show what went over the wire"));
    expect(screen.getAllByText("Trace id").length).toBeGreaterThan(0);
    await user.click(screen.getByLabelText("Leave out who only looked"));
    expect(screen.queryByText(/Encounter opened/)).toBeNull();
    expect(await violations()).toEqual([]);
  });

  it("a patient whose details were removed is said to be so", async () => {
    window.location.hash = hash;
    const desk = fakeDesk({ signedIn: true });
    const story = await desk.auditStory("148f2c90-0000-4000-8000-000000000001");
    open({}, { ...desk, auditStory: () => Promise.resolve({ ...story, patient: null }) });
    await page("The encounter, step by step");
    await screen.findByText(/The patient’s details were removed/);
  });

  it("is reached from the events behind a number of a report", async () => {
    const { user } = open({ signedIn: true });
    await page("Desk");
    await user.click(screen.getByRole("button", { name: "Reports" }));
    await user.click(await screen.findByRole("button", { name: /^RP-01/ }));
    await user.click(await screen.findByRole("button", { name: /^12, see the events/ }));
    await user.click(await screen.findByRole("button", { name: /^148f2c90/ }));
    await page("The encounter, step by step");
  });
});
