import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button";
import { FormProblem } from "../../components/FormProblem";
import { messageFor, TextField } from "../../components/form";
import { Progress } from "../../components/Progress";
import type { BookingShownView, BookingView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys, problemOf } from "../../frame/queries";

/** What can be typed where days are counted. */
const digits = (text: string) => text.replace(/\D/g, "");

/** What else the provider of a booking holds of its patient, past ones included (RG-1). */
export function LookUp({ booking }: { booking: BookingView }) {
  const { desk } = useFrame();
  const [daysBack, setDaysBack] = useState("30");
  const [daysAhead, setDaysAhead] = useState("90");
  const look = useMutation({
    mutationFn: () =>
      desk.lookUpBookings({
        encounterId: booking.encounterId,
        searchId: null,
        serviceId: null,
        bookingId: booking.id,
        daysBack: Number(daysBack) || 0,
        daysAhead: Number(daysAhead) || 0,
      }),
  });
  const problem = problemOf(look.error);
  const found = look.data;
  return (
    <section className="app-card app-no-print" aria-labelledby="look-up">
      <h2 className="app-h2" id="look-up">
        What else this provider holds of the patient
      </h2>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!look.isPending) look.mutate();
        }}
      >
        <FormProblem
          problem={problem}
          encounterId={booking.encounterId}
          onTryAgain={() => look.mutate()}
        />
        <div className="app-row app-row--tight">
          <TextField
            id="daysBack"
            label="Days back"
            width={3}
            inputMode="numeric"
            value={daysBack}
            onText={(text) => setDaysBack(digits(text))}
            message={messageFor(problem, "daysBack")}
          />
          <TextField
            id="daysAhead"
            label="Days ahead"
            width={3}
            inputMode="numeric"
            value={daysAhead}
            onText={(text) => setDaysAhead(digits(text))}
            message={messageFor(problem, "daysAhead")}
          />
        </div>
        <Button type="submit" look="secondary" aria-disabled={look.isPending}>
          Ask the provider
        </Button>
        {look.isPending && <Progress words="Asking the provider for the patient’s bookings" />}
      </form>
      {found && (
        <>
          <p role="status">
            {found.bookings.length === 0
              ? "The provider holds none in that time."
              : `The provider holds ${found.bookings.length} in that time.`}
            {found.notUnderstood > 0 &&
              ` ⚠ ${found.notUnderstood} of its entries could not be understood: telephone the service to be sure.`}
          </p>
          <ul className="app-plain-list">
            {found.bookings.map((one) => (
              <Found key={one.url} shown={one} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Found({ shown }: { shown: BookingShownView }) {
  const { go } = useFrame();
  const queries = useQueryClient();
  const { encounterId, url, bookingId } = shown;
  return (
    <li className="app-held__row">
      <span>
        <strong>{shown.when || "Time not given"}</strong> · {shown.status} · {shown.madeBy}
        {shown.warning && ` · ⚠ ${shown.warning}`}
      </span>
      <Button
        look="secondary"
        aria-label={`Open: ${shown.when}`}
        onClick={() => {
          if (bookingId !== null) {
            go({ page: "booking", bookingId });
            return;
          }
          // The registry may not name it: what was just read is what can be opened.
          const which = { bookingId: null, encounterId, url };
          queries.setQueryData(keys.shown(which), shown);
          go({ page: "elsewhere", encounterId, url });
        }}
      >
        Open
      </Button>
    </li>
  );
}
