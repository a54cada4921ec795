import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../../components/Button";
import { Facts } from "../../components/Facts";
import { InformedForm } from "../../components/InformedForm";
import { NoteForm } from "../../components/NoteForm";
import { ProblemNotice } from "../../components/ProblemNotice";
import { Progress } from "../../components/Progress";
import { SaveDocument } from "../../components/SaveDocument";
import { SecureMail } from "../../components/SecureMail";
import type { UnfinishedKind, UnfinishedView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { mayCancel } from "../../frame/may";
import { problemOf, useRenewBookings } from "../../frame/queries";
import { SettleForm } from "./SettleForm";
import type { Done } from "./UnfinishedPage";

const marks: Record<UnfinishedKind, string> = {
  booking: "?",
  cancellation: "?",
  referral: "?",
  twoBookings: "⚠",
  sendByHand: "✉",
  tellProvider: "☎",
  informPatient: "☎",
};

/** A piece of unfinished work: what is known right now, what comes next, and the ways to do it. */
export function Piece({ piece, onDone }: { piece: UnfinishedView; onDone: (done: Done) => void }) {
  const { desk } = useFrame();
  const renew = useRenewBookings();
  const [byHand, setByHand] = useState(false);
  const ask = useMutation({
    mutationFn: (how: "check" | "send") =>
      how === "check" ? desk.checkUnfinished(piece.id) : desk.sendAgain(piece.id),
    onSuccess: onDone,
    onSettled: renew,
  });
  const problem = problemOf(ask.error);
  const press = (how: "check" | "send") => {
    if (!ask.isPending) ask.mutate(how);
  };
  return (
    <section className="app-card app-card--waiting" aria-label={`${piece.what}: ${piece.patient}`}>
      <h2 className="app-h2">
        <span aria-hidden="true">{marks[piece.kind]} </span>
        {piece.what}: {piece.patient}
      </h2>
      <p>
        <strong>{piece.known}</strong> {piece.next}
      </p>
      <Facts
        facts={[
          ["Patient", `Born ${piece.born}, NHS number ${piece.nhsNumber}`],
          ["Patient’s phone", piece.contact],
          ...(piece.kind === "twoBookings"
            ? ([
                ["Original", [piece.slot, piece.service].filter(Boolean).join(", ")],
                ["Original’s phone", piece.servicePhone],
                ["New booking", piece.newBooking],
              ] as [string, string][])
            : ([
                ["Slot", piece.slot],
                ["Service", piece.service],
                ["Service’s phone", piece.servicePhone],
              ] as [string, string][])),
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
        {ask.isPending && (
          <Progress
            words={piece.kind === "referral" ? "Sending the referral" : "Asking the provider"}
          />
        )}
      </div>
      {byHand && (
        <SettleForm
          piece={piece}
          onDone={() => {
            onDone({ kind: "said", words: "Settled by hand" });
            renew();
          }}
        />
      )}
      <ByKind piece={piece} onDone={onDone} />
    </section>
  );
}

/** What only pieces of this kind ask for. */
function ByKind({
  piece,
  onDone,
}: {
  piece: UnfinishedView;
  onDone: (done: Done) => void;
}): ReactNode {
  const { desk } = useFrame();
  const said = (words: string) => onDone({ kind: "said", words });
  switch (piece.kind) {
    case "booking":
    case "cancellation":
    case "referral":
      return null;
    case "twoBookings":
      return <TwoBookings piece={piece} onSaid={said} />;
    case "sendByHand":
      return <SendByHand piece={piece} onSaid={said} />;
    case "tellProvider":
      return (
        <NoteForm
          form={`told ${piece.id}`}
          field="note"
          prefix={`${piece.id}-`}
          label="Whom you told at the service, and how"
          button="Record that the service was told"
          save={(note) => desk.providerTold({ documentId: piece.id, note })}
          onDone={() => said("The service was told")}
        />
      );
    case "informPatient":
      return (
        <InformedForm
          encounterId={piece.encounterId}
          url={piece.url}
          patient={piece.patient}
          prefix={`${piece.id}-`}
          onDone={() => said("Recorded")}
        />
      );
  }
}

type Own = { piece: UnfinishedView; onSaid: (words: string) => void };

function TwoBookings({ piece, onSaid }: Own) {
  const { desk, go, signedIn } = useFrame();
  const { id, encounterId } = piece;
  const read = useMutation({
    // The piece names the rebooking: the encounter knows where its original is.
    mutationFn: () => desk.encounter(encounterId),
    onSuccess: ({ rebooks }) => {
      const rebook = rebooks.find((one) => one.id === id);
      if (!rebook) {
        go({ page: "holds", encounterId });
        return;
      }
      const bookingId = rebook.originalBookingId;
      const url = bookingId === null ? rebook.originalUrl : null;
      go({ page: "cancel", bookingId, encounterId, url, rebookId: id });
    },
  });
  const problem = problemOf(read.error);
  const may = mayCancel(signedIn?.user);
  return (
    <>
      {problem && <ProblemNotice problem={problem} takesFocus onTryAgain={() => read.mutate()} />}
      <div className="app-actions">
        {may && (
          <Button aria-disabled={read.isPending} onClick={() => read.isPending || read.mutate()}>
            Read the original and cancel it
          </Button>
        )}
        <Button look="secondary" onClick={() => go({ page: "holds", encounterId })}>
          Open the encounter
        </Button>
      </div>
      {may && (
        <NoteForm
          form={`keepBoth ${id}`}
          field="reason"
          prefix={`${id}-`}
          label="Or: why the patient keeps both"
          button="Keep both bookings"
          save={(reason) => desk.keepBoth(id, reason)}
          onDone={() => onSaid("The patient keeps both bookings")}
        />
      )}
    </>
  );
}

function SendByHand({ piece, onSaid }: Own) {
  const { desk } = useFrame();
  return (
    <>
      {piece.byMail && <SecureMail mail={piece.byMail} id={piece.id} />}
      <div className="app-actions">
        <SaveDocument documentId={piece.id} first />
      </div>
      <NoteForm
        form={`sent ${piece.id}`}
        field="note"
        prefix={`${piece.id}-`}
        label="How it was sent, and to whom"
        button="Record that it was sent"
        save={(note) => desk.referralSentByHand({ documentId: piece.id, note })}
        onDone={() => onSaid("The referral was sent by hand")}
      />
    </>
  );
}
