import { useState } from "react";
import type { Problem } from "../contract/contract";
import { Button } from "./Button";
import { DateFields } from "./DateFields";
import { FormProblem } from "./FormProblem";
import { Group, messageFor, TextField } from "./form";

export type ServiceDay = { serviceId: string; day: string };

/** Asks for a service by its number in the directory, and for a day; today unless another is typed. */
export function ServiceDayForm({
  problem,
  onLook,
}: {
  problem: Problem | null;
  onLook: (wanted: ServiceDay) => void;
}) {
  const [serviceId, setServiceId] = useState("");
  const [date, setDate] = useState<[string, string, string]>(() => {
    const now = new Date();
    return [String(now.getDate()), String(now.getMonth() + 1), String(now.getFullYear())];
  });
  const [day, month, year] = date;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const two = (part: string) => part.trim().padStart(2, "0");
        onLook({ serviceId: serviceId.trim(), day: `${year.trim()}-${two(month)}-${two(day)}` });
      }}
    >
      <FormProblem problem={problem} />
      <div className="app-row">
        <TextField
          id="serviceId"
          label="Service number"
          hint="Its id in the directory, for example 111001"
          width={10}
          inputMode="numeric"
          value={serviceId}
          onText={setServiceId}
          message={messageFor(problem, "serviceId")}
        />
        <Group legend="Day of the appointments" field="day" message={messageFor(problem, "day")}>
          <DateFields
            ids={["on-day", "on-month", "on-year"]}
            values={date}
            onText={(at, text) =>
              setDate((all) => {
                const next: [string, string, string] = [...all];
                next[at] = text;
                return next;
              })
            }
            message={messageFor(problem, "day")}
          />
        </Group>
      </div>
      <Button type="submit">Show the bookings of that day</Button>
    </form>
  );
}
