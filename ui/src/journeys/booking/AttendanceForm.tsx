import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button";
import { DoneNote } from "../../components/DoneNote";
import { FormProblem } from "../../components/FormProblem";
import { Group, messageFor, Radios, TextField } from "../../components/form";
import type { BookingView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { problemOf } from "../../frame/queries";
import { useTyped } from "../../frame/typed";

const choices = [
  { value: "attended", label: "Attended" },
  { value: "didNotAttend", label: "Did not attend" },
  { value: "wasNotBrought", label: "Was not brought" },
];

/** Whether the patient came, as this desk was told. */
export function AttendanceForm({ booking, onDone }: { booking: BookingView; onDone: () => void }) {
  const { desk } = useFrame();
  const [done, setDone] = useState("");
  const [typed, type, forget] = useTyped(`attendance ${booking.id}`, { attendance: "", note: "" });
  const record = useMutation({
    mutationFn: () => desk.recordAttendance({ bookingId: booking.id, ...typed }),
    onMutate: () => setDone(""),
    onSuccess: () => {
      const words = choices.find(({ value }) => value === typed.attendance)?.label ?? "";
      setDone(`Recorded: ${words.toLowerCase()}.`);
      forget();
      onDone();
    },
  });
  const problem = problemOf(record.error);
  return (
    <section className="app-card app-no-print" aria-labelledby="attendance-title">
      <h2 className="app-h2" id="attendance-title">
        Record attendance
      </h2>
      <DoneNote words={done} />
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!record.isPending) record.mutate();
        }}
      >
        <FormProblem problem={problem} onTryAgain={() => record.mutate()} />
        <Group
          legend="Did the patient come?"
          field="attendance"
          message={messageFor(problem, "attendance")}
        >
          <Radios
            name="attendance"
            inline
            value={typed.attendance}
            onText={(attendance) => type({ attendance })}
            choices={choices}
          />
        </Group>
        <TextField
          id="note"
          label="Who said so"
          width={30}
          value={typed.note}
          onText={(note) => type({ note })}
          message={messageFor(problem, "note")}
        />
        <Button type="submit" look="secondary" aria-disabled={record.isPending}>
          Record attendance
        </Button>
      </form>
    </section>
  );
}
