/**
 * What is read out group by group, and must not be torn where a line ends: NHS numbers, telephone numbers, postcodes, dates
 * with their times.
 */
const whole = new RegExp(
  [
    String.raw`\b\d{3} \d{3} \d{4}\b`,
    String.raw`\b0\d{2,4}(?: \d{3,6}){1,2}\b`,
    String.raw`\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b`,
    String.raw`\b\d{2}-[A-Z][a-z]{2}-\d{4}(?: \d{2}:\d{2}(?::\d{2})?(?:–\d{2}:\d{2})?(?: (?:GMT|BST))?)?`,
  ].join("|"),
  "g",
);

/** A text of which numbers and dates stay in one piece. It reads and copies as it is. */
export function Unbroken({ text }: { text: string }) {
  const parts: (string | { kept: string })[] = [];
  let from = 0;
  for (const found of text.matchAll(whole)) {
    if (found.index > from) parts.push(text.slice(from, found.index));
    parts.push({ kept: found[0] });
    from = found.index + found[0].length;
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts.map((part, index) =>
    typeof part === "string" ? (
      part
    ) : (
      <span key={index} className="app-number">
        {part.kept}
      </span>
    ),
  );
}
