import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Button } from "../../components/Button";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import { ProblemNotice } from "../../components/ProblemNotice";
import { SendingProgress } from "../../components/SendingProgress";
import type {
  EncounterView,
  ReferInput,
  ReferralPaperView,
  ReferralReviewView,
} from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import type { Step } from "../../frame/route";
import { keys, problemOf, useEncounter } from "../../frame/queries";
import { useSending } from "../../frame/sending";
import { ifUnsure } from "../../frame/unsure";
import { GateWarning } from "../../components/GateWarning";
import { PrintedReferral } from "./PrintedReferral";
import { ReferralCard } from "./ReferralCard";
import { ReferralSections } from "./ReferralSections";

/** What is to be sent to the service, and how what was sent stands. */
export function ReferralPage({ encounterId }: { encounterId: string }) {
  const encounter = useEncounter(encounterId);
  return encounter.data ? <Referral encounter={encounter.data} /> : null;
}

function Referral({ encounter }: { encounter: EncounterView }) {
  const { go, recall } = useFrame();
  const { id: encounterId, referrals } = encounter;
  const { referTo } = recall(encounterId);
  const [sent, setSent] = useState<string | null>(null);
  const { print, notPrinted, printed } = usePrinted();
  const name = referTo?.service.name ?? encounter.bookings[0]?.service;
  const already = referrals.some(
    ({ decoupled, service, bookingId }) =>
      !decoupled &&
      (referTo ? service === name : bookingId === (encounter.bookings[0]?.id ?? null)),
  );
  const toPrepare = name !== undefined && !already && !encounter.ended;
  const input: ReferInput = {
    encounterId,
    searchId: referTo?.searchId ?? null,
    serviceId: referTo?.service.id ?? null,
  };
  const step = (to: Step) => go({ page: "encounter", encounterId, step: to });
  // While something is to be done about a referral, ending is not what a person is led to.
  const waits = referrals.some(
    ({ toDo, deliveries }) => toDo !== "" || deliveries.some(({ received }) => !received),
  );
  return (
    <Page title="Referral" aside={name && toPrepare && <strong>{name}</strong>}>
      {referrals.map((referral) => (
        <ReferralCard
          key={referral.documentId}
          referral={referral}
          takesFocus={referral.documentId === sent}
          onPrint={() => print(referral.documentId)}
          notPrinted={notPrinted(referral.documentId)}
        />
      ))}
      {printed}
      {referrals.length === 0 && !toPrepare && (
        <>
          <p className="app-empty">
            {encounter.ended
              ? "The patient was not referred in this encounter."
              : "No service has been chosen for a referral yet."}
          </p>
          {!encounter.ended && <Button onClick={() => step("services")}>Choose a service</Button>}
        </>
      )}
      {toPrepare && <Prepared encounter={encounter} input={input} onSent={setSent} />}
      {referrals.length > 0 && !encounter.ended && !toPrepare && (
        // Under the cards, never over them: their last buttons are what a person is sent to.
        <div className="app-actions">
          <Button look={waits ? "secondary" : "primary"} onClick={() => step("ending")}>
            Finish encounter
          </Button>
        </div>
      )}
    </Page>
  );
}

/** Prints a referral as its receiver reads it. What is printed stays laid out while the page is there: dialogs take time. */
function usePrinted() {
  const { desk } = useFrame();
  const queries = useQueryClient();
  const [toPrint, setToPrint] = useState<{ paper: ReferralPaperView; time: number } | null>(null);
  const [failed, setFailed] = useState<{ documentId: string; words: string } | null>(null);
  const print = async (documentId: string) => {
    setFailed(null);
    try {
      const paper = await queries.fetchQuery({
        queryKey: keys.referralSent(documentId),
        queryFn: () => desk.referralSent(documentId),
        staleTime: Infinity,
      });
      setToPrint((last) => ({ paper, time: (last?.time ?? 0) + 1 }));
    } catch (error) {
      const words = problemOf(error)?.whatHappened ?? "";
      setFailed({ documentId, words: `Could not print. ${words}`.trim() });
    }
  };
  const [asked, setAsked] = useState("");
  return {
    print: (documentId: string) => {
      setAsked(documentId);
      void print(documentId);
    },
    notPrinted: (documentId: string) => (failed?.documentId === documentId ? failed.words : ""),
    printed: toPrint && (
      <PrintedReferral
        key={toPrint.time}
        paper={toPrint.paper}
        onLaidOut={() =>
          void desk.printPage().catch(() =>
            setFailed({
              documentId: asked,
              words: "Could not print. Save the document instead.",
            }),
          )
        }
      />
    ),
  };
}

/** A referral before it is sent. */
function Prepared({
  encounter,
  input,
  onSent,
}: {
  encounter: EncounterView;
  input: ReferInput;
  onSent: (documentId: string) => void;
}) {
  const { desk, go, recall, remember } = useFrame();
  const { encounterId } = input;
  const review = useQuery({
    queryKey: keys.referral(input),
    queryFn: () => desk.reviewReferral(input),
    // Made of what is recorded at this moment.
    gcTime: 0,
    staleTime: Infinity,
  });
  const seeSlots = () => {
    const { referTo, chosen } = recall(encounterId);
    if (referTo) {
      remember(encounterId, { chosen: referTo, slotKey: undefined, late: undefined });
    }
    const step = (referTo ?? chosen) ? "slots" : "services";
    go({ page: "encounter", encounterId, step });
  };
  return (
    <Loaded query={review} words="Preparing the referral" encounterId={encounterId}>
      {(view) => (
        <>
          {view.gate.blocked ? (
            <GateWarning
              gate={view.gate}
              onSlots={seeSlots}
              onAnotherService={() => go({ page: "encounter", encounterId, step: "services" })}
            />
          ) : view.missing.length > 0 ? (
            <Missing encounter={encounter} review={view} />
          ) : (
            <Send input={input} review={view} onSent={onSent} again={() => void review.refetch()} />
          )}
          <section className="app-card" aria-labelledby="preview">
            <h2 className="app-h2" id="preview">
              What {view.gate.service} would read
            </h2>
            <ReferralSections sections={view.paper.sections} />
          </section>
        </>
      )}
    </Loaded>
  );
}

/** What is missing, and the ways to where it is put right. */
function Missing({ encounter, review }: { encounter: EncounterView; review: ReferralReviewView }) {
  const { go, remember } = useFrame();
  const encounterId = encounter.id;
  const { presentingComplaint, summary, consent } = encounter.responses;
  const lacking = !presentingComplaint || !summary || !consent;
  const into = (step: Step) => {
    remember(encounterId, { returnTo: step === "responses" ? "referral" : undefined });
    go({ page: "encounter", encounterId, step });
  };
  return (
    <section className="app-gate" aria-labelledby="missing">
      <h2 className="app-h2" id="missing">
        <span aria-hidden="true">⚠ </span>
        The referral is not complete: nothing can be sent yet
      </h2>
      <p>Missing:</p>
      <ul>
        {review.missing.map((gap) => (
          <li key={gap}>{gap}</li>
        ))}
      </ul>
      <div className="app-actions">
        <Button look={lacking ? "primary" : "secondary"} onClick={() => into("responses")}>
          Complete the assessment
        </Button>
        <Button look="secondary" onClick={() => into("outcome")}>
          Change the outcome
        </Button>
        <Button look="secondary" onClick={() => into("patient")}>
          Change patient details
        </Button>
        {!review.gate.booked && (
          <Button look="secondary" onClick={() => into("services")}>
            Choose another service
          </Button>
        )}
      </div>
    </section>
  );
}

const sentPerhaps =
  "The referral may have been sent. Look in unfinished work before sending it again.";

/** The one place from which a referral leaves; drawn only where the gate is open and nothing is missing. */
function Send({
  input,
  review: { gate },
  onSent,
  again,
}: {
  input: ReferInput;
  review: ReferralReviewView;
  onSent: (documentId: string) => void;
  /** Asks once more how the gate stands. */
  again: () => void;
}) {
  const { desk, go } = useFrame();
  const queries = useQueryClient();
  const { encounterId } = input;
  const sending = useSending();
  const renew = () => {
    void queries.invalidateQueries({ queryKey: keys.encounters });
    void queries.invalidateQueries({ queryKey: keys.bookings });
    void queries.invalidateQueries({ queryKey: keys.unfinished });
    return queries.invalidateQueries({ queryKey: keys.encounter(encounterId) });
  };
  const refer = useMutation({
    mutationFn: () => desk.refer(input, sending.tell),
    onSuccess: (made) => {
      sending.over(false);
      onSent(made.documentId);
      queries.setQueryData<EncounterView>(
        keys.encounter(encounterId),
        (old) => old && { ...old, referrals: [made, ...old.referrals] },
      );
      void renew();
    },
    onError: (error) => {
      const code = problemOf(error)?.code;
      // After something unexpected nobody knows whether it was sent: then it is not sent again here.
      sending.over(code !== "unexpected");
      if (code === "referralBlocked" || code === "referralIncomplete") again();
      void renew();
    },
  });
  const press = () => {
    if (sending.begin()) refer.mutate();
  };
  const failed = problemOf(refer.error);
  const unsure = failed?.code === "unexpected";
  // One object as long as it is the same failure: it takes focus once.
  const problem = useMemo(() => ifUnsure(failed, sentPerhaps), [failed]);
  return (
    <section className="app-card" aria-labelledby="send">
      <h2 className="app-h2" id="send">
        {gate.byHand ? "Ready to be made" : "Ready to be sent"} to {gate.service}
      </h2>
      <p>
        {gate.route}. {gate.booked ? "The booking goes with it." : "No booking goes with it."}
      </p>
      {problem && (
        <ProblemNotice problem={problem} takesFocus encounterId={encounterId} onTryAgain={press} />
      )}
      <div className="app-actions">
        <Button onClick={press} aria-disabled={refer.isPending || unsure} id="send-referral">
          {gate.byHand ? "Make the referral" : "Send the referral"}
        </Button>
        {refer.isPending ? (
          <SendingProgress
            sending={sending}
            orderKey={encounterId}
            words="Sending the referral. Stay on this page."
            stoppingWords="It is not sent again. Waiting for what is known of it."
          />
        ) : (
          !gate.booked && (
            <Button
              look="secondary"
              onClick={() => go({ page: "encounter", encounterId, step: "services" })}
            >
              Choose another service
            </Button>
          )
        )}
      </div>
    </section>
  );
}
