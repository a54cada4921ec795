import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { KeyboardEvent } from "react";
import { Button } from "../../components/Button";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import { ProblemNotice } from "../../components/ProblemNotice";
import { SelectField } from "../../components/form";
import type {
  AvailabilityState,
  ReferralGateView,
  ServiceListView,
  ServiceView,
} from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys, problemOf } from "../../frame/queries";
import { GateWarning } from "../../components/GateWarning";
import { requiresBooking } from "../../components/requiresBooking";
import { useAvailability } from "./availability";
import { RejectReasonForm } from "./RejectReasonForm";
import { ServiceRow } from "./ServiceRow";

const distances = [
  { value: "", label: "the usual distance" },
  ...[5, 10, 20, 40, 60].map((miles) => ({ value: String(miles), label: `${miles} miles` })),
];

export function ServicesPage({ encounterId }: { encounterId: string }) {
  const { desk, recall, remember } = useFrame();
  const [within, setWithin] = useState(recall(encounterId).withinMiles ?? null);
  const list = useQuery({
    queryKey: keys.servicesWithin(encounterId, within),
    queryFn: () => desk.findServices(encounterId, within),
    staleTime: Infinity,
  });
  return (
    <Page
      title="Choose a service"
      aside={
        <>
          {list.data && (
            <span>
              {list.data.searched} · {list.data.services.length} services · searched{" "}
              {list.data.searchedAt}
            </span>
          )}
          <SelectField
            id="withinMiles"
            label="Search within"
            choices={distances}
            value={within === null ? "" : String(within)}
            onText={(text) => {
              const miles = text === "" ? null : Number(text);
              remember(encounterId, { withinMiles: miles ?? undefined });
              setWithin(miles);
            }}
          />
          {list.data && (
            <Button
              look="secondary"
              aria-disabled={list.isFetching}
              onClick={() => void list.refetch()}
            >
              Search again
            </Button>
          )}
        </>
      }
    >
      <Loaded
        query={list}
        words="Asking the directory for services"
        encounterId={encounterId}
        isEmpty={(view) => view.services.length === 0}
        empty={
          <p className="app-empty">
            The directory has no service for this patient and outcome. Search farther away, or check
            the postcode where the patient is and the symptom group.
          </p>
        }
      >
        {(view) => <Services encounterId={encounterId} list={view} key={view.searchId} />}
      </Loaded>
    </Page>
  );
}

type Choosing = {
  service: ServiceView;
  /** Where to, once it is chosen. */
  to: "slots" | "referral";
  rejectReason: number | null;
  rejectComment: string;
};

/** What a provider said of its slots where there is none in time to book. */
const nothingInTime: readonly (AvailabilityState | undefined)[] = [
  "freeOutOfTime",
  "noneFree",
  "failed",
  "notAsked",
];

function Services({ encounterId, list }: { encounterId: string; list: ServiceListView }) {
  const { desk, go, remember } = useFrame();
  const { board, asking, problem: watchProblem, ask } = useAvailability(encounterId, list.searchId);
  const [rejecting, setRejecting] = useState<Pick<Choosing, "service" | "to"> | null>(null);
  const [blocked, setBlocked] = useState<ReferralGateView | null>(null);
  const toSlots = () => go({ page: "encounter", encounterId, step: "slots" });
  const choose = useMutation({
    mutationFn: async ({ service, rejectReason, rejectComment }: Choosing) => {
      const { searchId } = list;
      const serviceId = service.id;
      const chosen = await desk.chooseService(encounterId, {
        searchId,
        serviceId,
        rejectReason,
        rejectComment,
      });
      // Where it can be booked in time the way leads to its slots; otherwise the requirement is told at once.
      const warned =
        requiresBooking(chosen) && nothingInTime.includes(board[serviceId]?.view.state);
      const gate = warned ? await desk.referralGate({ encounterId, searchId, serviceId }) : null;
      return { chosen, gate };
    },
    onSuccess: ({ chosen: service, gate }, { to }) => {
      const chosen = { searchId: list.searchId, service };
      remember(encounterId, {
        chosen,
        slotKey: undefined,
        late: undefined,
        ...(to === "referral" ? { referTo: chosen } : {}),
      });
      setRejecting(null);
      if (gate?.blocked) setBlocked(gate);
      else if (to === "referral") go({ page: "encounter", encounterId, step: "referral" });
      else toSlots();
    },
    onError: (error, { service, to }) => {
      if (problemOf(error)?.code === "rejectReasonNeeded") setRejecting({ service, to });
    },
  });
  const problem = problemOf(choose.error);
  const needsReason = rejecting !== null;
  const press = (service: ServiceView, to: "slots" | "referral") => {
    if (choose.isPending) return;
    setRejecting(null);
    setBlocked(null);
    choose.mutate({ service, to, rejectReason: null, rejectComment: "" });
  };
  const answered = list.services.filter(
    (service) => board[service.id] && board[service.id]?.view.state !== "asking",
  ).length;

  return (
    <div onKeyDown={moveBetweenRows} role="presentation">
      <div className="app-bar">
        <span role="status">
          {asking
            ? `Asking providers for free slots: ${answered} of ${list.services.length} answered`
            : "All providers asked. Asked again every minute."}
        </span>
        <Button look="secondary" onClick={ask}>
          Ask all again
        </Button>
      </div>
      {watchProblem && (
        <ProblemNotice problem={watchProblem} encounterId={encounterId} onTryAgain={ask} />
      )}
      {problem && !needsReason && (
        <ProblemNotice
          problem={problem}
          takesFocus
          encounterId={encounterId}
          onTryAgain={() => choose.variables && choose.mutate(choose.variables)}
        />
      )}
      <ol className="app-services">
        {list.services.map((service) => (
          <li key={service.id}>
            <ServiceRow
              service={service}
              availability={board[service.id]?.view}
              choosing={choose.isPending && choose.variables.service.id === service.id}
              onChoose={() => press(service, "slots")}
              onRefer={requiresBooking(service) ? undefined : () => press(service, "referral")}
              onAskAgain={ask}
            />
            {blocked?.serviceId === service.id && (
              <GateWarning
                gate={blocked}
                takesFocus
                noneFree={board[service.id]?.view.state === "noneFree"}
                onSlots={toSlots}
                onAnotherService={() => {
                  setBlocked(null);
                  focusFirstOther(service.id);
                }}
              />
            )}
            {rejecting?.service.id === service.id && (
              <RejectReasonForm
                service={service}
                problem={problem}
                busy={choose.isPending}
                onReason={(rejectReason, rejectComment) =>
                  choose.mutate({ ...rejecting, rejectReason, rejectComment })
                }
                onCancel={() => {
                  setRejecting(null);
                  choose.reset();
                }}
              />
            )}
          </li>
        ))}
      </ol>
    </div>
  );
}

/** The next service to look at is the first that is not the one that cannot be had. */
function focusFirstOther(serviceId: string) {
  const row = document.getElementById(`service-${serviceId}`)?.closest("li");
  const buttons = [...document.querySelectorAll<HTMLElement>("[data-choose]")];
  buttons.find((button) => button.closest("li") !== row)?.focus();
}

/** Up and Down go from row to row, Home and End to the first and last; Enter is the button's own. */
function moveBetweenRows(event: KeyboardEvent<HTMLElement>) {
  const keysToMove = ["ArrowDown", "ArrowUp", "Home", "End"];
  const target = event.target as HTMLElement;
  if (!keysToMove.includes(event.key) || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-choose]")];
  const row = target.closest("li");
  const at = buttons.findIndex((button) => button === target || row?.contains(button));
  const to = { ArrowDown: at + 1, ArrowUp: Math.max(0, at - 1), Home: 0, End: buttons.length - 1 }[
    event.key as "ArrowDown" | "ArrowUp" | "Home" | "End"
  ];
  event.preventDefault();
  const next = buttons[Math.min(to, buttons.length - 1)];
  next?.focus();
  next?.closest("li")?.scrollIntoView?.({ block: "nearest" });
}
