import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { fakeDesk, fakeProblem } from "../src/fake/fakeDesk";
import { field, open, openTo, page, violations } from "./open";
import type { User } from "./open";

const title = "RP-01 Bookings made against referrals made";
const table = () => screen.findByRole("region", { name: /2026/ });

async function toReport(user: User) {
  await page("Desk");
  await user.click(screen.getByRole("button", { name: "Reports" }));
  await page("Reports");
  await user.click(screen.getByRole("button", { name: title }));
  await page(title);
}

describe("reports", () => {
  it("each report says what it counts, and its numbers stand in a table", async () => {
    const { user } = open({ signedIn: true });
    await page("Desk");
    await user.click(screen.getByRole("button", { name: "Reports" }));
    await page("Reports");
    expect(screen.getAllByText(/counts on the day/)).toHaveLength(2);
    expect(await violations()).toEqual([]);
    await user.click(screen.getByRole("button", { name: title }));
    await page(title);
    const cells = within(await table());
    expect(cells.getByRole("rowheader", { name: /Urgent Treatment Centre 111001/ })).toBeTruthy();
    expect(cells.getByRole("button", { name: /^43, .*Total: Bookings made/ })).toBeTruthy();
    expect(screen.getByText("Confirmed by the provider.")).toBeTruthy();
    await waitFor(() => expect(document.querySelector("figure svg[aria-hidden]")).not.toBeNull());
    expect(await violations()).toEqual([]);
  });

  it("this month is set against the last, and the days stay in another report", async () => {
    const desk = fakeDesk({ signedIn: true });
    const asked = vi.spyOn(desk, "report");
    const { user } = open({}, desk);
    await toReport(user);
    await user.click(screen.getByRole("button", { name: "Last month" }));
    await user.click(screen.getByLabelText("Compare with the days before"));
    await within(await table()).findByText("before 17");
    await user.click(screen.getByRole("button", { name: "All reports" }));
    await user.click(await screen.findByRole("button", { name: /^RP-04/ }));
    await table();
    expect(asked.mock.calls.map(([input]) => [input.report, input.from, input.against])).toEqual([
      ["RP-01", "01-Nov-2026", false],
      ["RP-01", "01-Oct-2026", false],
      ["RP-01", "01-Oct-2026", true],
      ["RP-04", "01-Oct-2026", true],
    ]);
  });

  it("a number leads to its events, and focus comes back to it", async () => {
    const { user } = open({ signedIn: true });
    await toReport(user);
    const number = within(await table()).getByRole("button", { name: /^12, see the events/ });
    await user.click(number);
    const heading = await screen.findByRole("heading", { name: /Events behind Northdale Urgent/ });
    expect(document.activeElement).toBe(heading);
    await screen.findByText("Booking settled");
    await screen.findByText("The first 1 of 12 events");
    expect(await violations()).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Close" }));
    expect(document.activeElement).toBe(number);
  });

  it("events that somebody changed are told beside the numbers, and behind one", async () => {
    const desk = fakeDesk({ signedIn: true });
    const [report, behindNumber] = [desk.report, desk.behindNumber];
    const words = "1 event of these days cannot be read and is not counted.";
    vi.spyOn(desk, "report").mockImplementation(async (input) => ({
      ...(await report(input)),
      unreadable: words,
    }));
    vi.spyOn(desk, "behindNumber").mockImplementation(async (input) => {
      const behind = await behindNumber(input);
      const what = "This event cannot be read";
      return { ...behind, events: behind.events.map((one) => ({ ...one, readable: false, what })) };
    });
    const { user } = open({}, desk);
    await toReport(user);
    await screen.findByText(words);
    await user.click(within(await table()).getByRole("button", { name: /^12, see the events/ }));
    await screen.findByRole("cell", { name: "This event cannot be read" });
    expect(await violations()).toEqual([]);
  });

  it("a column puts its largest numbers first", async () => {
    const { user } = open({ signedIn: true });
    await toReport(user);
    const first = async () => within(await table()).getAllByRole("rowheader")[0]?.textContent;
    expect(await first()).toContain("Urgent Treatment Centre");
    await user.click(screen.getByRole("button", { name: "Bookings made, largest first" }));
    expect(await first()).toContain("GP Out of Hours");
    const sorted = screen.getByRole("columnheader", { name: /Bookings made/ });
    expect(sorted.getAttribute("aria-sort")).toBe("descending");
  });

  it("days the wrong way round are told beside their field, and nothing is shown for them", async () => {
    const { user } = open({ signedIn: true });
    await toReport(user);
    await table();
    await user.clear(field("from"));
    await user.type(field("from"), "21-Nov-2026");
    await user.click(screen.getByRole("button", { name: "Show these days" }));
    await screen.findByText("There is a problem");
    expect(field("to").getAttribute("aria-invalid")).toBe("true");
    expect(field("from")).toHaveProperty("value", "21-Nov-2026");
    expect(screen.queryByRole("region", { name: /2026/ })).toBeNull();
  });

  it("days without anything say so", async () => {
    const { user } = open({ signedIn: true });
    await toReport(user);
    for (const [id, day] of [
      ["from", "25-Nov-2026"],
      ["to", "26-Nov-2026"],
    ] as const) {
      await user.clear(field(id));
      await user.type(field(id), day);
    }
    await user.click(screen.getByRole("button", { name: "Show these days" }));
    await screen.findByText(/Nothing of this was recorded/);
  });

  it("a report is saved, and where it went or why not is told", async () => {
    const { user } = open({ signedIn: true });
    await toReport(user);
    await table();
    await user.click(screen.getByRole("button", { name: "Save as CSV" }));
    await screen.findByText("Saved as Downloads/RP-01.csv");
  });

  it("a report that cannot be saved says so", async () => {
    const full = fakeProblem("misconfigured", { title: "The disk is full" });
    const { user } = open({ signedIn: true }, { saveReport: () => Promise.reject(full) });
    await toReport(user);
    await table();
    await user.click(screen.getByRole("button", { name: "Save as CSV" }));
    await screen.findByText("The disk is full");
  });

  it("whoever may not read the audit record is offered no reports", async () => {
    await openTo({ mayReadAudit: false });
    await page("Desk");
    expect(screen.queryByRole("button", { name: "Reports" })).toBeNull();
  });
});
