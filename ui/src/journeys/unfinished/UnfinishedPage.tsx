import { useEffect, useMemo, useRef, useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../../components/Button";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import { ProblemNotice } from "../../components/ProblemNotice";
import type { Problem, TakenView, UnfinishedView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { useUnfinished } from "../../frame/queries";
import { Piece } from "./Piece";

export type Done = TakenView | { kind: "said"; words: string };
type Settled = { piece: UnfinishedView; done: Done };

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
              Nothing is unfinished. An order whose answer did not come, a patient who holds two
              bookings, and whoever is still to be told appear here until it is settled.
            </p>
          }
        >
          {(pieces) => (
            <ul className="app-plain-list">
              {pieces.map((piece) => (
                <li key={piece.id}>
                  <Piece piece={piece} onDone={(done) => setSettled({ piece, done })} />
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
function Outcome({ settled: { piece, done } }: { settled: Settled }) {
  const { go } = useFrame();
  const about = [piece.patient, piece.slot].filter(Boolean).join(", ");
  switch (done.kind) {
    case "said":
      return <Good words={`${done.words}: ${about}.`} />;
    case "booking":
      if (done.result.result === "confirmed") {
        const { booking } = done.result;
        return (
          <Good words={`Booked: ${piece.patient}, ${booking.date} ${booking.start}`}>
            <Button look="secondary" onClick={() => go({ page: "booking", bookingId: booking.id })}>
              Open the booking
            </Button>
          </Good>
        );
      }
      return (
        <Bad
          piece={piece}
          problem={done.result.problem}
          into={done.result.result === "notBooked" ? piece.encounterId : undefined}
        />
      );
    case "cancellation":
      if (done.result.problem) return <Bad piece={piece} problem={done.result.problem} />;
      return (
        <Good
          words={`${done.result.title}: ${about}.${done.result.informPatient ? " Tell the patient now, and record it below." : ""}`}
        />
      );
    case "referral":
      if (done.delivery.problem) return <Bad piece={piece} problem={done.delivery.problem} />;
      return <Good words={`${done.delivery.state}: ${about}.`} />;
  }
}

function Good({ words, children }: { words: string; children?: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  // What was pressed goes away with its piece.
  useEffect(() => box.current?.focus(), [words]);
  return (
    <div className="app-booked" role="status" tabIndex={-1} ref={box}>
      <p className="app-booked__line">
        <span aria-hidden="true">✓ </span>
        {words}
      </p>
      {children}
    </div>
  );
}

function Bad({
  piece,
  problem,
  into,
}: {
  piece: UnfinishedView;
  problem: Problem;
  into?: string | undefined;
}) {
  // One object as long as it is the same: the list is fetched again and again, and focus stays where it is.
  const told = useMemo(
    () => ({
      ...problem,
      title: `${piece.patient}: ${problem.title}`,
      nextSteps: problem.nextSteps.filter((step) => step !== "openUnfinished"),
    }),
    [piece.patient, problem],
  );
  return <ProblemNotice problem={told} encounterId={into} takesFocus />;
}
