import { render } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { Unbroken } from "../src/components/Unbroken";

/** What stays in one piece of a text, and the text as it reads. */
function kept(text: string) {
  const { container } = render(<Unbroken text={text} />);
  const pieces = [...container.querySelectorAll(".app-number")].map((one) => one.textContent);
  return { pieces, reads: container.textContent };
}

describe("what is not torn where a line ends", () => {
  it.each([
    ["PATIENT, John (Mr), NHS number 999 000 0018", ["999 000 0018"]],
    ["Annexe, 1 Mill Lane, Northdale, ND1 2AB", ["ND1 2AB"]],
    ["10 High Road, London, SW1A 1AA; W1A 0AX", ["SW1A 1AA", "W1A 0AX"]],
    [
      "Ring 01632 960100, or 07700 900123 or 020 7946 0018",
      ["01632 960100", "07700 900123", "020 7946 0018"],
    ],
    ["Friday 20-Nov-2026 19:20–19:35 GMT, in time", ["20-Nov-2026 19:20–19:35 GMT"]],
    ["born 12-Nov-1974, as of 25-Nov-2026 18:02:31", ["12-Nov-1974", "25-Nov-2026 18:02:31"]],
    ["12 events in 5 s, 3 of 1000 too late", []],
    ["", []],
  ])("nf_2: of %j", (text, pieces) => {
    expect(kept(text)).toEqual({ pieces, reads: text });
  });
});
