import { render, screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { PrintedReferral } from "../src/journeys/referral/PrintedReferral";
import { layOut, piecesOf } from "../src/journeys/referral/sheets";
import type { Piece } from "../src/journeys/referral/sheets";

/** A line holds 40 characters and is 20 high, as if every letter were as wide as the others. */
const height = (piece: Piece) => {
  const lines = (text: string) =>
    text
      .split("\n")
      .map((line) => Math.max(1, Math.ceil(line.length / 40)))
      .reduce((sum, more) => sum + more, 0);
  return 20 * (piece.kind === "row" ? lines(piece.value) : lines(piece.text));
};

const said = (sheets: Piece[][], kind: Piece["kind"]) =>
  sheets
    .flat()
    .filter((piece) => piece.kind === kind)
    .map((piece) => (piece.kind === "row" ? piece.value : piece.text))
    .join("");

const high = (sheet: Piece[]) => sheet.reduce((sum, piece) => sum + height(piece), 0);

const text = (words: string): Piece => ({ kind: "text", text: words });
const heading: Piece = { kind: "heading", text: "Clinical summary" };

describe("bk_6: a referral on sheets", () => {
  it("what fits stays on one sheet, in its order", () => {
    const pieces = [heading, text("Fever"), { kind: "row", name: "Rash?", value: "No" } as const];
    expect(layOut(pieces, height, 800)).toEqual([pieces]);
  });

  it("a long text goes on with the next sheet, between two words, and nothing of it is lost", () => {
    const long = Array.from({ length: 3000 }, (_, number) => `word${number}`).join(" ");
    const sheets = layOut([heading, text(long)], height, 800);
    expect(sheets.length).toBeGreaterThan(10);
    expect(said(sheets, "text")).toBe(long);
    for (const sheet of sheets) expect(high(sheet)).toBeLessThanOrEqual(800);
    for (const sheet of sheets.slice(1)) {
      expect(sheet[0]).toMatchObject({ text: expect.stringMatching(/^word\d+ /) as string });
    }
  });

  it("a text without an end, of lines alone or of signs of two halves, is parted where it must be", () => {
    for (const long of ["x".repeat(100_000), "\n".repeat(5000), "😀".repeat(9000)]) {
      const sheets = layOut([text(long)], height, 800);
      expect(said(sheets, "text")).toBe(long);
      for (const piece of sheets.flat()) {
        expect(piece).toMatchObject({
          text: expect.not.stringMatching(/^[\uDC00-\uDFFF]/) as string,
        });
      }
      for (const sheet of sheets) expect(high(sheet)).toBeLessThanOrEqual(800);
    }
  });

  it("a heading never stands alone at the end of a sheet", () => {
    const filling = text("line\n".repeat(37).trimEnd());
    const sheets = layOut([filling, heading, text("Fever for three days")], height, 760);
    expect(sheets.map((sheet) => sheet[0])).toEqual([filling, heading]);
  });

  it("a row is not parted for what is left of a sheet, and says that it goes on where it is longer than one", () => {
    const row: Piece = { kind: "row", name: "Where?", value: "a\nb\nc" };
    const filled = layOut([text("line\n".repeat(38).trimEnd()), row], height, 800);
    expect(filled[1]).toEqual([row]);
    const value = "a word or two ".repeat(600);
    const sheets = layOut([{ kind: "row", name: "Where?", value }], height, 800);
    expect(said(sheets, "row")).toBe(value);
    const names = sheets.flat().map((piece) => (piece.kind === "row" ? piece.name : ""));
    expect(new Set(names)).toEqual(new Set(["Where?", "Where? (continued)"]));
  });

  it("what fits on no sheet is there all the same", () => {
    expect(layOut([heading, text("Fever")], () => 900, 800).flat()).toEqual([
      heading,
      text("Fever"),
    ]);
  });

  it("a very long question is told as text, so that its answer has room", () => {
    const question = "Why? ".repeat(200);
    const pieces = piecesOf([{ title: "Answers", paragraphs: [], rows: [[question, "No"]] }]);
    expect(pieces.map(({ kind }) => kind)).toEqual(["heading", "text", "text"]);
  });
});

describe("bk_6: what is printed", () => {
  const paper = {
    title: "Integrated Urgent Care Report",
    toAndFrom: "To Northdale GP Hub, from Northdale NHS 111",
    identifiers: "PATIENT, John (Mr), born 12-Nov-1974, NHS number 943 476 5919",
    reference: "0A70-9A44",
    invented: true,
    sections: [{ title: "Clinical summary", paragraphs: ["Fever"], rows: [] }],
  };

  it("has the three identifiers and its number on the sheet, and is printed once it is laid out", async () => {
    const laidOut = vi.fn();
    const { rerender, unmount } = render(<PrintedReferral paper={paper} onLaidOut={laidOut} />);
    await waitFor(() => expect(laidOut).toHaveBeenCalledTimes(1));
    screen.getByText(paper.identifiers);
    screen.getByText("Page 1 of 1");
    screen.getByText("Fever");
    screen.getByText(/^DEMONSTRATION/);
    rerender(<PrintedReferral paper={paper} onLaidOut={laidOut} />);
    expect(laidOut).toHaveBeenCalledTimes(1);
    unmount();
    expect(document.querySelector(".app-paper")).toBeNull();
  });

  it("in earnest nothing on it says demonstration", () => {
    render(<PrintedReferral paper={{ ...paper, invented: false }} onLaidOut={() => undefined} />);
    expect(screen.queryByText(/DEMONSTRATION/)).toBeNull();
  });
});
