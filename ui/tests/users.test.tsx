import { screen, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { fakeProblem } from "../src/fake/fakeDesk";
import type { Desk } from "../src/platform/desk";
import { field, open, page, violations } from "./open";

const name = "OKAFOR, Amara (Dr)";

/** Opens the page of users. */
async function openUsers(over: Partial<Desk> = {}) {
  const opened = open({ signedIn: true }, over);
  await page("Desk");
  await opened.user.click(screen.getByRole("button", { name: "Users" }));
  await page("Users");
  const row = (await screen.findByText(name)).closest("li");
  if (!row) throw new Error("a user has a row");
  return { ...opened, row: within(row) };
}

describe("the users of a desk", () => {
  it("nf_3: a role is given by a press, and not by going through the list of them", async () => {
    const { desk, user, row } = await openUsers();
    const changed = vi.spyOn(desk, "changeUser");
    const role = row.getByLabelText<HTMLSelectElement>(`Role of ${name}`);
    for (const value of ["callHandler", "supervisor", "practiceAdmin"]) {
      await user.selectOptions(role, value);
    }
    expect(changed).not.toHaveBeenCalled();
    await user.click(row.getByRole("button", { name: `Change the role of ${name}` }));
    await row.findByText(`${name} is a practice admin from now on.`);
    expect(changed.mock.calls).toMatchObject([[{ role: "practiceAdmin", locked: null }]]);
    expect(await violations()).toEqual([]);
  });

  it("nf_2: why a passphrase is not taken stands in the user’s own row, and what was typed stays", async () => {
    let refuse = true;
    const { user, row } = await openUsers({
      changeUser: ({ username }) =>
        refuse
          ? Promise.reject(
              fakeProblem("checkForm", {
                title: "There is a problem",
                fields: [
                  {
                    field: `passphrase-${username}`,
                    message: "Choose a passphrase of at least 12 characters",
                  },
                ],
              }),
            )
          : Promise.resolve({} as never),
    });
    const typed = row.getByLabelText<HTMLInputElement>(`New passphrase of ${name}`);
    await user.type(typed, "short");
    await user.click(row.getByRole("button", { name: `Set the new passphrase of ${name}` }));
    await row.findByText("There is a problem");
    expect(typed.getAttribute("aria-describedby")).toBe(`${typed.id}-error`);
    expect(field(`${typed.id}-error`).textContent).toMatch(/at least 12 characters/);
    expect(typed.value).toBe("short");
    expect(await violations()).toEqual([]);
    refuse = false;
    await user.type(typed, " no more, but long");
    await user.click(row.getByRole("button", { name: `Set the new passphrase of ${name}` }));
    await row.findByText(`${name} has a new passphrase.`);
    expect(typed.value).toBe("");
  });
});
