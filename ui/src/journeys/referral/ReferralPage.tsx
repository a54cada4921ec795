import { useMutation, useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Button } from "../../components/Button";
import { Facts } from "../../components/Facts";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import { ProblemNotice } from "../../components/ProblemNotice";
import { Progress } from "../../components/Progress";
import type {
  BookingStageView,
  EncounterView,
  ReferInput,
  ReferralReviewView,
} from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys, problemOf, useEncounter, useRenew } from "../../frame/queries";
import { EndEncounter } from "../ending/EndEncounter";
import { ReferralSections } from "./ReferralSections";
import { SentReferral } from "./SentReferral";

/** The referral of an encounter: what was sent, or what would be, and whether the booking-only gate lets it. */
export function ReferralPage({ encounterId }: { encounterId: string }) {
  const encounter = useEncounter(encounterId);
  if (!encounter.data) return null;
  return <Referral encounter={encounter.data} />;
}

function Referral({ encounter }: { encounter: EncounterView }) {
  const { recall, go } = useFrame();
  const encounterId = encounter.id;
  const listed = recall(encounterId).referTo;
  const booked = encounter.bookings.length > 0;
  const standing = encounter.referrals.filter((one) => !one.decoupled);
  const input: ReferInput | null = listed
    ? { encounterId, searchId: listed.searchId, serviceId: listed.service.id }
    : booked
      ? { encounterId, searchId: null, serviceId: null }
      : null;
  return (
    <Page title="Referral">
      {encounter.referrals.map((referral) => (
        <SentReferral referral={referral} key={referral.documentId} />
      ))}
      {standing.length === 0 && !encounter.ended && input && <Review input={input} />}
      {standing.length === 0 && !input && (
        <>
          <p className="app-empty">
            No service is booked or chosen. Book a slot, or choose a service that takes referrals
            without a booking.
          </p>
          <Button onClick={() => go({ page: "encounter", encounterId, step: "services" })}>
            Choose a service
          </Button>
        </>
      )}
      <EndEncounter encounter={encounter} key={encounter.undone} />
    </Page>
  );
}

function Review({ input }: { input: ReferInput }) {
  const { desk } = useFrame();
  const review = useQuery({
    queryKey: keys.referral(input.encounterId, input.serviceId ?? ""),
    queryFn: () => desk.reviewReferral(input),
    gcTime: 0,
  });
  return (
    <Loaded query={review} words="Preparing the referral" encounterId={input.encounterId}>
      {(view) => <Reviewed input={input} review={view} />}
    </Loaded>
  );
}

function Reviewed({ input, review }: { input: ReferInput; review: ReferralReviewView }) {
  const { desk, go, hold } = useFrame();
  const renew = useRenew();
  const { encounterId } = input;
  const { gate, missing } = review;
  const pressed = useRef(false);
  const [stage, setStage] = useState<BookingStageView | null>(null);
  const [stopping, setStopping] = useState(false);
  const send = useMutation({
    mutationFn: () => desk.refer(input, setStage),
    onSettled: () => {
      hold(false);
      pressed.current = false;
      renew();
    },
  });
  const press = () => {
    if (pressed.current) return;
    pressed.current = true;
    hold(true);
    send.mutate();
  };
  const problem = problemOf(send.error);
  const step = (at: "responses" | "slots" | "services") => () =>
    go({ page: "encounter", encounterId, step: at });

  if (gate.blocked)
    return (
      <section className="app-gate" aria-label="Referral blocked" data-blocked>
        <ProblemNotice
          problem={{ ...gate.blocked, nextSteps: [] }}
          encounterId={encounterId}
          takesFocus
        />
        <Facts
          facts={[
            ["Service", gate.service],
            ["Its slots", gate.slots],
          ]}
        />
        <div className="app-actions">
          {gate.blocked.nextSteps.includes("openUnfinished") ? (
            <Button onClick={() => go({ page: "unfinished" })}>Open unfinished work</Button>
          ) : (
            <Button onClick={step("slots")}>Show this service’s slots</Button>
          )}
          <Button look="secondary" onClick={step("services")}>
            Choose another service
          </Button>
        </div>
        <p className="app-quiet">
          Where its slots are only too late, choose one: a clinician can approve it.
        </p>
      </section>
    );
  return (
    <>
      {problem && (
        <ProblemNotice problem={problem} takesFocus encounterId={encounterId} onTryAgain={press} />
      )}
      {missing.length > 0 && (
        <section className="app-gate" aria-labelledby="missing">
          <h2 className="app-h2" id="missing">
            <span aria-hidden="true">⚠ </span>Not complete yet
          </h2>
          <ul>
            {missing.map((one) => (
              <li key={one}>Missing: {one}</li>
            ))}
          </ul>
          <Button onClick={step("responses")}>Record the assessment</Button>
        </section>
      )}
      <Facts
        facts={[
          ["To", <strong key="to">{gate.service}</strong>],
          ["How", gate.route],
          [
            "Booking",
            gate.booked ? "Linked with the booking of this encounter" : "Without a booking",
          ],
        ]}
      />
      <div className="app-actions app-actions--sticky">
        {missing.length === 0 && (
          <Button onClick={press} aria-disabled={send.isPending} id="refer">
            {gate.byHand ? "Make the referral" : "Send the referral"}
          </Button>
        )}
        <Button
          look="secondary"
          aria-disabled={send.isPending}
          onClick={() => void desk.printPage()}
        >
          Print
        </Button>
        {send.isPending && stage?.mayStop && (
          <Button
            look="secondary"
            aria-disabled={stopping}
            onClick={() => {
              if (stopping) return;
              setStopping(true);
              void desk.stopSending(encounterId);
            }}
          >
            Stop trying
          </Button>
        )}
        {send.isPending && (
          <Progress words={stage?.words ?? "Sending the referral. Stay on this page."} />
        )}
      </div>
      <section className="app-card" aria-labelledby="preview">
        <h2 className="app-h2" id="preview">
          What the service will read
        </h2>
        <ReferralSections sections={review.sections} />
      </section>
    </>
  );
}
