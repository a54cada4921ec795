import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { fakeProblem } from "../src/fake/fakeDesk";
import { open, page, violations } from "./open";

const live = { signedIn: true, live: true } as const;

describe("how the record is kept", () => {
  it.each([
    ["none", /No backup of the record/, /no backup of this desk’s record yet/],
    ["ok", /^Backups of the record/, /It was verified/],
    ["old", /The last backup is old/, /5 days ago/],
    ["failed", /The backup failed/, /the disk is full/],
  ] as const)("nf_5: a supervisor reads that it stands as %s", async (kept, title, words) => {
    open({ ...live, role: "supervisor", kept });
    await page("Desk");
    expect(await screen.findByRole("heading", { level: 2, name: title })).toBeTruthy();
    expect(screen.getByText(words)).toBeTruthy();
    expect(screen.queryAllByText("What to do:")).toHaveLength(kept === "ok" ? 0 : 1);
    expect(await violations()).toEqual([]);
  });

  it("nf_5: nobody else is told", async () => {
    open({ ...live, role: "callHandler", kept: "none" });
    await page("Desk");
    await screen.findByText(/No encounter is open/);
    expect(screen.queryByText(/No backup/)).toBeNull();
  });

  it("nf_5: in a demonstration a supervisor is not told of backups", async () => {
    open({ signedIn: true, role: "supervisor", kept: "none" });
    await page("Desk");
    await screen.findByText(/No encounter is open/);
    expect(screen.queryByText(/No backup/)).toBeNull();
  });

  it("nf_5: a desk without its record says why and what to do, and asks for no passphrase", async () => {
    const startProblem = fakeProblem("misconfigured", {
      title: "This computer has no key store that works",
      whatHappened: "Its key belongs into the key store of the computer, which could not be used.",
      whatToDo: "The configuration names a file for the key: key_file under [record].",
      nextSteps: ["tryAgain"],
    });
    const { user } = open({ startProblem });
    await page("The desk could not be opened");
    expect(screen.getByRole("heading", { level: 2, name: startProblem.title })).toBeTruthy();
    expect(screen.getByText(startProblem.whatHappened)).toBeTruthy();
    expect(screen.getByText(startProblem.whatToDo)).toBeTruthy();
    expect(screen.queryByLabelText("Username")).toBeNull();
    expect(await violations()).toEqual([]);
    // Once it is put right, the window need not be closed.
    await user.click(screen.getByRole("button", { name: "Try again" }));
    await page("Sign in");
  });
});
