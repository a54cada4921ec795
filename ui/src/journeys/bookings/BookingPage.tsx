import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { BookingDetails, BookingOutputs } from "../../components/BookingDetails";
import { Button } from "../../components/Button";
import { ErrorSummary, Group, messageFor, Radios, TextArea } from "../../components/form";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import { ProblemNotice } from "../../components/ProblemNotice";
import type { BookingView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys, problemOf, useEncounter, useRenew } from "../../frame/queries";
import { CancelBooking } from "../cancel/CancelBooking";
import { BeginRebook } from "../rebook/BeginRebook";

/** A booking of this desk, and everything that can become of it. */
export function BookingPage({ bookingId }: { bookingId: string }) {
  const { desk, go } = useFrame();
  const booking = useQuery({
    queryKey: keys.booking(bookingId),
    queryFn: () => desk.booking(bookingId),
  });
  return (
    <div className="app-pad">
      <Page title="Booking">
        <Loaded query={booking} words="Fetching the booking">
          {(view) => (
            <>
              <BookingDetails booking={view} />
              <div className="app-actions">
                <BookingOutputs booking={view} />
                <Button look="secondary" onClick={() => go({ page: "home" })}>
                  Back to the desk
                </Button>
              </div>
              <Changes booking={view} />
            </>
          )}
        </Loaded>
      </Page>
    </div>
  );
}

type Open = "cancel" | "rebook" | "attendance" | null;

function Changes({ booking }: { booking: BookingView }) {
  const [open, setOpen] = useState<Open>(null);
  const { signedIn } = useFrame();
  const tab = (which: Exclude<Open, null>, words: string) => (
    <Button
      look="secondary"
      aria-expanded={open === which}
      onClick={() => setOpen(open === which ? null : which)}
    >
      {words}
    </Button>
  );
  return (
    <section aria-label="Changes">
      <div className="app-actions">
        {tab("cancel", "Ask the provider, or cancel")}
        {signedIn?.user.mayBook && tab("rebook", "Rebook")}
        {tab("attendance", "Record attendance")}
      </div>
      {open === "cancel" && (
        <CancelBooking which={{ bookingId: booking.id, encounterId: null, url: null }} />
      )}
      {open === "rebook" && <Rebook booking={booking} />}
      {open === "attendance" && <AttendanceForm booking={booking} />}
    </section>
  );
}

/** Within the consultation in its encounter; after it a reassessment comes first (RB-1, RB-2). */
function Rebook({ booking }: { booking: BookingView }) {
  const { desk, go } = useFrame();
  const queries = useQueryClient();
  const encounter = useEncounter(booking.encounterId);
  const reassess = useMutation({
    mutationFn: () => desk.reassess(booking.encounterId),
    onSuccess: async (view) => {
      queries.setQueryData(keys.encounter(view.id), view);
      go({ page: "encounter", encounterId: view.id, step: "responses" });
    },
  });
  const problem = problemOf(reassess.error);
  return (
    <Loaded query={encounter} words="Fetching the encounter">
      {(view) =>
        view.ended ? (
          <section className="app-card" aria-label="Rebook">
            <p>
              The consultation is over. Assess the patient again: the new outcome decides how soon
              they are to be seen. The original stands until a new booking is confirmed.
            </p>
            {problem && <ProblemNotice problem={problem} takesFocus />}
            <Button aria-disabled={reassess.isPending} onClick={() => reassess.mutate()}>
              Assess the patient again
            </Button>
          </section>
        ) : (
          <section className="app-card" aria-label="Rebook">
            <p>The original stands until the new booking is confirmed.</p>
            <BeginRebook
              encounter={view}
              which={{ bookingId: booking.id, encounterId: view.id, url: null }}
            />
          </section>
        )
      }
    </Loaded>
  );
}

const attendances = [
  { value: "attended", label: "Attended" },
  { value: "didNotAttend", label: "Did not attend" },
  { value: "wasNotBrought", label: "Was not brought" },
];

function AttendanceForm({ booking }: { booking: BookingView }) {
  const { desk } = useFrame();
  const renew = useRenew();
  const [attendance, setAttendance] = useState("");
  const [note, setNote] = useState("");
  const record = useMutation({
    mutationFn: () => desk.recordAttendance({ bookingId: booking.id, attendance, note }),
    onSuccess: renew,
  });
  const problem = problemOf(record.error);
  if (record.isSuccess) return <p role="status">✓ Recorded.</p>;
  return (
    <form
      className="app-card"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!record.isPending) record.mutate();
      }}
    >
      {problem &&
        (problem.fields.length > 0 ? (
          <ErrorSummary problem={problem} />
        ) : (
          <ProblemNotice problem={problem} takesFocus />
        ))}
      <Group
        legend="Did the patient come?"
        field="attendance"
        message={messageFor(problem, "attendance")}
      >
        <Radios name="attendance" value={attendance} onText={setAttendance} choices={attendances} />
      </Group>
      <TextArea
        id="note"
        label="Who said so"
        rows={2}
        value={note}
        onText={setNote}
        message={messageFor(problem, "note")}
      />
      <Button type="submit" aria-disabled={record.isPending}>
        Record
      </Button>
    </form>
  );
}
