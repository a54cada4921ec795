import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { Startup } from "../src/app/App";
import type { UserView } from "../src/contract/contract";
import type { FakeOptions } from "../src/fake/fakeDesk";
import { fakeDesk } from "../src/fake/fakeDesk";
import { newQueryClient } from "../src/frame/queries";
import type { Desk } from "../src/platform/desk";

/** Opens the application on a fake desk. */
export function open(options: FakeOptions = {}, over: Partial<Desk> = {}) {
  const desk: Desk = { ...fakeDesk(options), ...over };
  render(
    <QueryClientProvider client={newQueryClient()}>
      <Startup desk={desk} />
    </QueryClientProvider>,
  );
  return { desk, user: userEvent.setup() };
}

/** The same to somebody who may do other things than the fake's own user. */
export async function openTo(may: Partial<UserView>) {
  const start = await fakeDesk({ signedIn: true }).start();
  if (!start.signedIn) throw new Error("somebody is signed in");
  const signedIn = { ...start.signedIn, user: { ...start.signedIn.user, ...may } };
  return open({}, { start: () => Promise.resolve({ ...start, signedIn }) });
}

export type User = ReturnType<typeof open>["user"];

/** Waits for the page of that heading. */
export const page = (name: string) => screen.findByRole("heading", { level: 1, name });

/** What axe finds; layout is not known here, so contrast is looked at in the real window. */
export async function violations(): Promise<string[]> {
  const found = await axe.run(document.body, { rules: { "color-contrast": { enabled: false } } });
  return found.violations.map((one) => `${one.id}: ${one.help} (${one.nodes[0]?.html ?? ""})`);
}

/** Waits for a line that says so, a fact that is read back as a rule; numbers and dates within it are pieces of their own. */
export const told = (words: RegExp, tag = "DD") =>
  screen.findByText(
    (_, element) => element?.tagName === tag && words.test(element.textContent ?? ""),
  );

/** The field of a contract name. */
export function field(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`there is no field ${id}`);
  return found;
}

/** Signs in, takes down an invented patient and records an outcome. */
export async function toServices(user: User) {
  await page("Desk");
  await user.click(screen.getByRole("button", { name: "New patient" }));
  await page("Patient");
  const choose: HTMLSelectElement = screen.getByLabelText("Fill with an invented patient");
  await user.selectOptions(choose, choose.options[1] as HTMLOptionElement);
  await user.click(screen.getByRole("button", { name: "Save patient" }));
  await page("Assessment");
  await user.click(screen.getByRole("button", { name: "Pass over for now" }));
  await page("Assessment outcome");
  await user.click(field("code-Dx06"));
  await user.type(field("symptomGroup"), "1011");
  await user.type(field("reason"), "Sore throat");
  await user.click(screen.getByRole("button", { name: "Record outcome" }));
  await page("Choose a service");
}

/** Goes on to the slots of the first service. */
export async function toSlots(user: User) {
  await toServices(user);
  const choices = await screen.findAllByRole("button", { name: /^Choose / });
  await user.click(choices[0] as HTMLElement);
  await page("Choose a slot");
}

/** Goes on to the check of its first slot. */
export async function toCheck(user: User) {
  await toSlots(user);
  const slots = await screen.findAllByRole("button", { name: /^\d\d:\d\d/ });
  await user.click(slots[0] as HTMLElement);
  await page("Check before booking");
}
