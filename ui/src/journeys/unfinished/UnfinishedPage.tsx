import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button";
import { Facts } from "../../components/Facts";
import { ErrorSummary, Group, messageFor, Radios, TextArea } from "../../components/form";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import { ProblemNotice } from "../../components/ProblemNotice";
import { Progress } from "../../components/Progress";
import type { Problem, TakenView, UnfinishedView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { problemOf, useRenew, useUnfinished } from "../../frame/queries";
import { InformForm } from "../cancel/InformForm";
import { ReferralNote, SendByHand } from "../referral/SentReferral";

type Settled = { piece: UnfinishedView; result: TakenView | "byHand" };

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
              Nothing is unfinished. What has no clear answer, what a patient holds twice, and who
              is to be told appears here until it is settled.
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
  if (result === "byHand")
    return <Done words={`Settled by hand: ${piece.patient}, ${piece.slot}.`} />;
  const titled = (problem: Problem) => ({
    ...problem,
    title: `${piece.patient}: ${problem.title}`,
    nextSteps: problem.nextSteps.filter((step) => step !== "openUnfinished" && step !== "tryAgain"),
  });
  switch (result.kind) {
    case "cancellation":
      return result.result.problem ? (
        <ProblemNotice problem={titled(result.result.problem)} takesFocus />
      ) : (
        <Done
          words={`Cancelled: ${piece.patient}, ${piece.slot}. Tell the patient: it is on this list.`}
        />
      );
    case "referral":
      return result.delivery.problem ? (
        <ProblemNotice problem={titled(result.delivery.problem)} takesFocus />
      ) : (
        <Done words={`The service has the referral: ${piece.patient}, ${piece.service}.`} />
      );
    case "booking":
      if (result.result.result === "confirmed") {
        const { booking } = result.result;
        return (
          <div className="app-booked" role="status">
            <p className="app-booked__line">
              <span aria-hidden="true">✓ </span>
              Booked: {piece.patient}, {booking.date} {booking.start}
            </p>
            <Button look="secondary" onClick={() => go({ page: "booking", bookingId: booking.id })}>
              Open the booking
            </Button>
          </div>
        );
      }
      return (
        <ProblemNotice
          problem={titled(result.result.problem)}
          encounterId={result.result.result === "notBooked" ? piece.encounterId : undefined}
          takesFocus
        />
      );
  }
}

function Done({ words }: { words: string }) {
  return (
    <div className="app-booked" role="status">
      {words}
    </div>
  );
}

function Piece({
  piece,
  onSettled,
}: {
  piece: UnfinishedView;
  onSettled: (result: TakenView | "byHand") => void;
}) {
  const { desk, go } = useFrame();
  const renew = useRenew();
  const [byHand, setByHand] = useState(false);
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
  const referral = piece.kind === "referral";
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
          <Button
            look={piece.canCheck ? "secondary" : "primary"}
            aria-disabled={ask.isPending}
            onClick={() => press("send")}
          >
            Send again
          </Button>
        )}
        {piece.canSettle && (
          <Button look="secondary" aria-expanded={byHand} onClick={() => setByHand(!byHand)}>
            Settle by hand
          </Button>
        )}
        {(piece.kind === "twoBookings" || referral) && (
          <Button
            look={referral ? "secondary" : "primary"}
            onClick={() =>
              go({ page: "encounter", encounterId: piece.encounterId, step: "confirmation" })
            }
          >
            Open the encounter
          </Button>
        )}
        {ask.isPending && (
          <Progress words={referral ? "Sending the referral" : "Asking the provider"} />
        )}
      </div>
      {piece.kind === "informPatient" && (
        <InformForm encounterId={piece.encounterId} url={piece.url} />
      )}
      {piece.kind === "sendByHand" && (
        <SendByHand referral={{ documentId: piece.id, toDo: piece.next }} />
      )}
      {piece.kind === "tellProvider" && (
        <ReferralNote
          words={piece.next}
          label="Who was told, and what was said"
          button="The service was told"
          record={(note) => desk.providerTold({ documentId: piece.id, note })}
        />
      )}
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
        Ring the service{piece.servicePhone && ` on ${piece.servicePhone}`} and ask what it{" "}
        {piece.kind === "referral" ? "has received" : "holds for this patient"}.
      </p>
      {problem &&
        (problem.fields.length > 0 ? (
          <ErrorSummary problem={problem} />
        ) : (
          <ProblemNotice problem={problem} takesFocus onTryAgain={() => settle.mutate()} />
        ))}
      <Group
        legend={
          piece.kind === "referral" ? "Does the service have it?" : "What does the provider hold?"
        }
        field="providerHolds"
        message={messageFor(problem, "providerHolds")}
      >
        <Radios
          name="providerHolds"
          inline
          value={providerHolds}
          onText={setProviderHolds}
          choices={
            piece.kind === "referral"
              ? [
                  { value: "booked", label: "It has the referral" },
                  { value: "notBooked", label: "It does not" },
                ]
              : [
                  { value: "booked", label: "The booking" },
                  { value: "notBooked", label: "No booking" },
                ]
          }
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
