import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button";
import { Facts } from "../../components/Facts";
import { ErrorSummary, Group, messageFor, Radios, TextArea } from "../../components/form";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import { ProblemNotice } from "../../components/ProblemNotice";
import { Progress } from "../../components/Progress";
import type { BookingResultView, UnfinishedView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys, problemOf, useUnfinished } from "../../frame/queries";

type Settled = { piece: UnfinishedView; result: BookingResultView | "byHand" };

export function UnfinishedPage() {
  const unfinished = useUnfinished();
  const [settled, setSettled] = useState<Settled | null>(null);
  return (
    <div className="app-pad">
      <Page title="Unfinished work">
        {settled && <Outcome settled={settled} />}
        <Loaded
          query={unfinished}
          words="Fetching unfinished work"
          isEmpty={(pieces) => pieces.length === 0}
          empty={
            <p className="app-empty">
              Nothing is unfinished. A booking whose answer did not come appears here until it is
              settled.
            </p>
          }
        >
          {(pieces) => (
            <ul className="app-plain-list">
              {pieces.map((piece) => (
                <li key={piece.id}>
                  <Piece piece={piece} onSettled={(result) => setSettled({ piece, result })} />
                </li>
              ))}
            </ul>
          )}
        </Loaded>
      </Page>
    </div>
  );
}

/** What became of the piece that was just worked on. */
function Outcome({ settled: { piece, result } }: { settled: Settled }) {
  const { go } = useFrame();
  if (result === "byHand") {
    return (
      <div className="app-booked" role="status">
        Settled by hand: {piece.patient}, {piece.slot}.
      </div>
    );
  }
  if (result.result === "confirmed") {
    return (
      <div className="app-booked" role="status">
        <p className="app-booked__line">
          <span aria-hidden="true">✓ </span>
          Booked: {piece.patient}, {result.booking.date} {result.booking.start}
        </p>
        <Button
          look="secondary"
          onClick={() => go({ page: "booking", bookingId: result.booking.id })}
        >
          Open the booking
        </Button>
      </div>
    );
  }
  return (
    <ProblemNotice
      problem={{
        ...result.problem,
        title: `${piece.patient}: ${result.problem.title}`,
        nextSteps: result.problem.nextSteps.filter((step) => step !== "openUnfinished"),
      }}
      encounterId={result.result === "notBooked" ? piece.encounterId : undefined}
      takesFocus
    />
  );
}

function Piece({
  piece,
  onSettled,
}: {
  piece: UnfinishedView;
  onSettled: (result: BookingResultView | "byHand") => void;
}) {
  const { desk } = useFrame();
  const queries = useQueryClient();
  const [byHand, setByHand] = useState(false);
  const renew = () => {
    void queries.invalidateQueries({ queryKey: keys.unfinished });
    void queries.invalidateQueries({ queryKey: keys.bookings });
    void queries.invalidateQueries({ queryKey: keys.encounters });
    void queries.invalidateQueries({ queryKey: keys.encounter(piece.encounterId) });
  };
  const ask = useMutation({
    mutationFn: (how: "check" | "send") =>
      how === "check" ? desk.checkUnfinished(piece.id) : desk.sendAgain(piece.id),
    onSuccess: onSettled,
    onSettled: renew,
  });
  const problem = problemOf(ask.error);
  const press = (how: "check" | "send") => {
    if (!ask.isPending) ask.mutate(how);
  };
  return (
    <section className="app-card app-card--waiting" aria-label={`${piece.what}: ${piece.patient}`}>
      <h2 className="app-h2">
        <span aria-hidden="true">? </span>
        {piece.what}: {piece.patient}
      </h2>
      <p>
        <strong>{piece.known}</strong> {piece.next}
      </p>
      <Facts
        facts={[
          ["Patient", `Born ${piece.born}, NHS number ${piece.nhsNumber}`],
          ["Patient’s phone", piece.contact],
          ["Slot", piece.slot],
          ["Service", piece.service],
          ["Service’s phone", piece.servicePhone],
          ["Started", piece.started],
          ["Reference", piece.reference],
        ]}
      />
      {problem && (
        <ProblemNotice
          problem={problem}
          takesFocus
          onTryAgain={() => ask.variables && ask.mutate(ask.variables)}
        />
      )}
      <div className="app-actions">
        {piece.canCheck && (
          <Button aria-disabled={ask.isPending} onClick={() => press("check")}>
            Ask the provider
          </Button>
        )}
        {piece.canSendAgain && (
          <Button look="secondary" aria-disabled={ask.isPending} onClick={() => press("send")}>
            Send again
          </Button>
        )}
        <Button look="secondary" aria-expanded={byHand} onClick={() => setByHand(!byHand)}>
          Settle by hand
        </Button>
        {ask.isPending && <Progress words="Asking the provider" />}
      </div>
      {byHand && (
        <SettleForm
          piece={piece}
          onDone={() => {
            onSettled("byHand");
            renew();
          }}
        />
      )}
    </section>
  );
}

function SettleForm({ piece, onDone }: { piece: UnfinishedView; onDone: () => void }) {
  const { desk } = useFrame();
  const [providerHolds, setProviderHolds] = useState("");
  const [reason, setReason] = useState("");
  const settle = useMutation({
    mutationFn: () => desk.settleUnfinished({ id: piece.id, providerHolds, reason }),
    onSuccess: onDone,
  });
  const problem = problemOf(settle.error);
  return (
    <form
      className="app-reject"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!settle.isPending) settle.mutate();
      }}
    >
      <p>
        Ring the service{piece.servicePhone && ` on ${piece.servicePhone}`} and ask what it holds
        for this patient.
      </p>
      {problem &&
        (problem.fields.length > 0 ? (
          <ErrorSummary problem={problem} />
        ) : (
          <ProblemNotice problem={problem} takesFocus onTryAgain={() => settle.mutate()} />
        ))}
      <Group
        legend="What does the provider hold?"
        field="providerHolds"
        message={messageFor(problem, "providerHolds")}
      >
        <Radios
          name="providerHolds"
          inline
          value={providerHolds}
          onText={setProviderHolds}
          choices={[
            { value: "booked", label: "The booking" },
            { value: "notBooked", label: "No booking" },
          ]}
        />
      </Group>
      <TextArea
        id="reason"
        label="Who said so, and how"
        rows={2}
        value={reason}
        onText={setReason}
        message={messageFor(problem, "reason")}
      />
      <Button type="submit" aria-disabled={settle.isPending}>
        Record
      </Button>
    </form>
  );
}
