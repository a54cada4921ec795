import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Button } from "../../components/Button";
import { ErrorSummary } from "../../components/form";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import { ProblemNotice } from "../../components/ProblemNotice";
import { Progress } from "../../components/Progress";
import type { AuditFilterInput, AuditRowView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys, problemOf } from "../../frame/queries";
import { EventDetail } from "./EventDetail";
import { EventList } from "./EventList";
import { isEmpty, noFilter, useFilter } from "./filter";
import { FilterForm } from "./FilterForm";
import { KeptSection } from "./KeptSection";
import { useEvents } from "./useEvents";

/** For supervisors: what was done and seen at the desks, and whether the record of it holds. */
export function AuditPage() {
  const { desk } = useFrame();
  const { typed, type, inForce, show } = useFilter();
  const start = useQuery({
    queryKey: keys.auditStart,
    queryFn: () => desk.auditStart(),
    staleTime: 60_000,
  });
  // One key leaves all in again.
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (!event.altKey || event.ctrlKey || event.metaKey || event.key.toLowerCase() !== "c")
        return;
      event.preventDefault();
      show(noFilter);
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  });
  return (
    <div className="app-pad app-audit">
      <Page title="Audit record">
        <Loaded query={start} words="Opening the audit record">
          {(view) => (
            <>
              <KeptSection start={view} filter={inForce} />
              <Events
                key={JSON.stringify(inForce)}
                filter={inForce}
                form={(problem) => (
                  <FilterForm
                    typed={typed}
                    onType={type}
                    onShow={() => show(typed)}
                    kinds={view.kinds}
                    problem={problem}
                  />
                )}
                onClear={() => show(noFilter)}
              />
            </>
          )}
        </Loaded>
      </Page>
    </div>
  );
}

type EventsProps = {
  filter: AuditFilterInput;
  form: (problem: ReturnType<typeof problemOf>) => React.ReactNode;
  onClear: () => void;
};

function Events({ filter, form, onClear }: EventsProps) {
  const { list, rows, count, newer, renew } = useEvents(filter);
  const [opened, setOpened] = useState<AuditRowView | null>(null);
  const problem = list.isFetching ? null : problemOf(list.error);
  const wrongForm = problem !== null && problem.fields.length > 0;
  const inForce = list.data?.pages[0]?.inForce ?? [];
  const total = count.data?.exactly ? count.data.atLeast : null;
  const close = () => {
    setOpened(null);
    document.getElementById("audit-events")?.focus();
  };
  return (
    <>
      {wrongForm && <ErrorSummary problem={problem} />}
      {form(problem)}
      <div className="app-audit__state">
        {!isEmpty(filter) && (
          <>
            {inForce.length > 0 && (
              <p>
                <strong>In force: </strong>
                {inForce.join(" · ")}
              </p>
            )}
            <Button look="secondary" onClick={onClear}>
              Clear the filter <kbd>Alt+C</kbd>
            </Button>
          </>
        )}
        <p role="status">
          {list.data && (count.data ? count.data.words : count.error ? "" : "Counting the events")}
        </p>
        {newer.atLeast > 0 && (
          <Button look="secondary" onClick={renew}>
            {newer.exactly
              ? `${newer.atLeast} newer ${newer.atLeast === 1 ? "event" : "events"}: show`
              : "Many newer events: show"}
          </Button>
        )}
        {list.isFetchingNextPage && <Progress words="Fetching earlier events" />}
      </div>
      {problem && !wrongForm && (
        <ProblemNotice
          problem={problem}
          onTryAgain={() => void (list.data ? list.fetchNextPage() : list.refetch())}
        />
      )}
      {list.isPending && <Progress words="Reading the audit record" />}
      {list.data && rows.length === 0 && (
        <p className="app-empty">
          The record has no such event. Clear the filter, or leave a part of it away.
        </p>
      )}
      {rows.length > 0 && (
        <div className={`app-audit__work ${opened ? "app-audit__work--opened" : ""}`}>
          <EventList
            // Shown anew from its beginning.
            key={rows[0]?.number}
            rows={rows}
            total={total}
            older={list.hasNextPage && !list.isFetchNextPageError}
            fetching={list.isFetching}
            onOlder={() => void list.fetchNextPage()}
            opened={opened?.number ?? null}
            onOpen={setOpened}
          />
          {opened && <EventDetail row={opened} onClose={close} />}
        </div>
      )}
    </>
  );
}
