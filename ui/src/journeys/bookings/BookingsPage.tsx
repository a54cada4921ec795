import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button";
import { ErrorSummary, Group, messageFor, TextField } from "../../components/form";
import { Page } from "../../components/Page";
import { ProblemNotice } from "../../components/ProblemNotice";
import type { BookingView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { problemOf } from "../../frame/queries";
import { BookingTable } from "./BookingTable";
import { ServiceCloses } from "./ServiceCloses";

/** Bookings of a patient, and those of a service on a day. */
export function BookingsPage() {
  const [way, setWay] = useState<"patient" | "service">("patient");
  return (
    <div className="app-pad">
      <Page
        title="Find bookings"
        aside={
          <Button
            look="secondary"
            onClick={() => setWay(way === "patient" ? "service" : "patient")}
          >
            {way === "patient" ? "By service and day" : "By patient"}
          </Button>
        }
      >
        {way === "patient" ? <ByPatient /> : <ServiceCloses />}
      </Page>
    </div>
  );
}

function ByPatient() {
  const { desk, go } = useFrame();
  const [input, setInput] = useState({
    nhsNumber: "",
    familyName: "",
    birthDay: "",
    birthMonth: "",
    birthYear: "",
  });
  const find = useMutation({ mutationFn: () => desk.findBookings(input) });
  const problem = problemOf(find.error);
  const text = (
    id: keyof typeof input,
    label: string,
    width: 2 | 4 | 10 | 20,
    inputMode?: "numeric",
  ) => (
    <TextField
      id={id}
      label={label}
      width={width}
      inputMode={inputMode}
      value={input[id]}
      onText={(typed) => setInput({ ...input, [id]: typed })}
      message={messageFor(problem, id)}
    />
  );
  return (
    <>
      <form
        className="app-card"
        noValidate
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          if (!find.isPending) find.mutate();
        }}
      >
        {problem &&
          (problem.fields.length > 0 ? (
            <ErrorSummary problem={problem} />
          ) : (
            <ProblemNotice problem={problem} takesFocus onTryAgain={() => find.mutate()} />
          ))}
        {text("nhsNumber", "NHS number", 20, "numeric")}
        <p className="app-quiet">Or:</p>
        {text("familyName", "Family name", 20)}
        <Group legend="Date of birth" field="birthDay" className="app-birth">
          {text("birthDay", "Day", 2, "numeric")}
          {text("birthMonth", "Month", 2, "numeric")}
          {text("birthYear", "Year", 4, "numeric")}
        </Group>
        <Button type="submit" aria-disabled={find.isPending}>
          Find bookings
        </Button>
      </form>
      {find.data && (
        <Found found={find.data} onOpen={(id) => go({ page: "booking", bookingId: id })} />
      )}
    </>
  );
}

function Found({ found, onOpen }: { found: BookingView[]; onOpen: (id: string) => void }) {
  return (
    <section aria-label="Found">
      <p role="status">
        {found.length === 0
          ? "This desk has booked nothing for this patient. Bookings made by others are not in its record."
          : `${found.length} found in this desk’s record`}
      </p>
      {found.length > 0 && <BookingTable bookings={found} onOpen={onOpen} />}
    </section>
  );
}
