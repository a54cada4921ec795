import { TextField } from "./form";

/** Day, month and year as three short fields under the names that a contract gives them. */
export function DateFields({
  ids,
  values,
  onText,
  message,
}: {
  ids: [string, string, string];
  values: [string, string, string];
  onText: (at: 0 | 1 | 2, text: string) => void;
  message?: string | undefined;
}) {
  const parts = [
    ["Day", 2],
    ["Month", 2],
    ["Year", 4],
  ] as const;
  return (
    <div className="app-row app-row--tight">
      {parts.map(([label, width], index) => (
        <TextField
          key={label}
          id={ids[index] ?? label}
          label={label}
          width={width}
          inputMode="numeric"
          value={values[index] ?? ""}
          onText={(text) => onText(index as 0 | 1 | 2, text)}
          aria-invalid={message ? true : undefined}
        />
      ))}
    </div>
  );
}
