import type { ReferralSectionView } from "../../contract/contract";

/** What is laid out on paper, top to bottom. A heading stays with what follows; the rest is parted where a sheet ends. */
export type Piece =
  | { kind: "heading"; text: string }
  | { kind: "text"; text: string }
  | { kind: "row"; name: string; value: string };

/** Names longer than this are told as text of their own: beside a value they would leave it no room. */
const LONGEST_NAME = 400;
/** More characters than any sheet holds. */
const MORE_THAN_A_SHEET = 12_000;
/** What is left of a sheet is not begun for less, in CSS pixels: three lines. */
const LEAST = 60;

/** The pieces of a referral, in order. */
export function piecesOf(sections: ReferralSectionView[]): Piece[] {
  return sections.flatMap(({ title, paragraphs, rows }): Piece[] => [
    { kind: "heading", text: title },
    ...paragraphs.map((text): Piece => ({ kind: "text", text })),
    ...rows.flatMap(([name, value]): Piece[] =>
      name.length > LONGEST_NAME
        ? [
            { kind: "text", text: name },
            { kind: "text", text: value },
          ]
        : [{ kind: "row", name, value }],
    ),
  ]);
}

/**
 * Puts pieces on sheets that have so much room for them; `height` tells how high a piece becomes. What is too long for the
 * rest of a sheet goes on with the next one, and nothing is lost.
 */
export function layOut(pieces: Piece[], height: (piece: Piece) => number, room: number): Piece[][] {
  let sheet: Piece[] = [];
  const sheets = [sheet];
  let left = room;
  const next = () => {
    sheet = [];
    sheets.push(sheet);
    left = room;
  };
  const put = (piece: Piece, high: number) => {
    sheet.push(piece);
    left -= high;
  };
  // The next one is at the end.
  const waiting = [...pieces].reverse();
  for (let piece = waiting.pop(); piece; piece = waiting.pop()) {
    const high = height(shortened(piece));
    const after = waiting.at(-1);
    const needed =
      piece.kind === "heading" && after ? high + Math.min(height(shortened(after)), LEAST) : high;
    if (needed <= left) {
      if (piece === shortened(piece)) {
        put(piece, high);
        continue;
      }
    } else if (sheet.length > 0 && (piece.kind === "heading" || left < LEAST)) {
      waiting.push(piece);
      next();
      continue;
    }
    const parted = piece.kind === "heading" ? null : part(piece, height, left);
    if (parted) {
      put(parted[0], height(parted[0]));
      waiting.push(parted[1]);
      next();
    } else if (sheet.length > 0) {
      waiting.push(piece);
      next();
    } else {
      // Not even a word of it fits: better too low on a sheet of its own than left out.
      put(piece, high);
    }
  }
  return sheets;
}

/** As much of it as has to be measured. */
function shortened(piece: Piece): Piece {
  const text = textOf(piece);
  return text.length > MORE_THAN_A_SHEET
    ? withText(piece, text.slice(0, MORE_THAN_A_SHEET))
    : piece;
}

function textOf(piece: Piece): string {
  return piece.kind === "row" ? piece.value : piece.text;
}

function withText(piece: Piece, text: string): Piece {
  return piece.kind === "row" ? { ...piece, value: text } : { ...piece, text };
}

/** The longest beginning that fits, ending between two words where it can, and the rest; none where nothing fits. */
function part(piece: Piece, height: (piece: Piece) => number, left: number): [Piece, Piece] | null {
  const text = textOf(piece);
  let fits = 0;
  let tooLong = Math.min(text.length, MORE_THAN_A_SHEET);
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    if (height(withText(piece, text.slice(0, middle))) <= left) fits = middle;
    else tooLong = middle;
  }
  if (fits === 0) return null;
  const space = Math.max(text.lastIndexOf(" ", fits - 1), text.lastIndexOf("\n", fits - 1));
  let end = space > fits / 2 ? space + 1 : fits;
  // A sign of two halves is not torn.
  if (/[\uDC00-\uDFFF]/.test(text.charAt(end))) end -= 1;
  if (end === 0) return null;
  const rest = withText(piece, text.slice(end));
  const name = (of: string) => (of.endsWith(" (continued)") ? of : `${of} (continued)`);
  return [
    withText(piece, text.slice(0, end)),
    rest.kind === "row" ? { ...rest, name: name(rest.name) } : rest,
  ];
}
