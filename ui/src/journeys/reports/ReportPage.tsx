import { useMutation, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useRef, useState } from "react";
import { Button } from "../../components/Button";
import { ErrorSummary, messageFor, SelectField, TextField } from "../../components/form";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import { ProblemNotice } from "../../components/ProblemNotice";
import type { PeriodPresetView, ReportInput, ReportView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys, problemOf } from "../../frame/queries";
import { useTyped } from "../../frame/typed";
import { BehindNumber } from "./BehindNumber";
import type { NumberPlace } from "./BehindNumber";
import { ReportTable } from "./ReportTable";

// Fetched when a report is opened: the desk starts without it.
const ReportChart = lazy(() => import("./ReportChart"));

/** First and last day, as typed. */
export type Days = { from: string; to: string };

type Props = {
  report: ReportView;
  presets: PeriodPresetView[];
  days: Days;
  onDays: (days: Days) => void;
  against: boolean;
  onAgainst: (against: boolean) => void;
};

/** One report: over which days and by what, the table, its picture, and what is behind a number. */
export function ReportPage({ report, presets, days, onDays, against, onAgainst }: Props) {
  const { desk, go } = useFrame();
  const [{ group }, regroup] = useTyped(report.id, { group: report.groupings[0]?.code ?? "" });
  const [place, setPlace] = useState<NumberPlace | null>(null);
  const opener = useRef<HTMLElement | null>(null);
  const input: ReportInput = { report: report.id, ...days, group, against };
  const table = useQuery({
    queryKey: keys.report(input),
    queryFn: () => desk.report(input),
    // Each reading is recorded: the same is asked for again only where somebody asks.
    staleTime: Infinity,
  });
  const save = useMutation({ mutationFn: () => desk.saveReport(input) });
  const change = (act: () => void) => {
    setPlace(null);
    save.reset();
    act();
  };
  const problem = problemOf(table.error);
  const wrongForm = problem !== null && problem.fields.length > 0 && !table.isFetching;
  const notSaved = problemOf(save.error);
  return (
    <Page
      title={`${report.id} ${report.title}`}
      aside={
        <Button look="link" onClick={() => go({ page: "reports", reportId: null })}>
          All reports
        </Button>
      }
    >
      <p className="app-report__definition">{report.definition}</p>
      {wrongForm && <ErrorSummary problem={problem} />}
      <DaysForm
        key={`${days.from} ${days.to}`}
        days={days}
        presets={presets}
        messages={[messageFor(problem, "from"), messageFor(problem, "to")]}
        onDays={(chosen) => change(() => onDays(chosen))}
      />
      <div className="app-report__choices app-no-print">
        <SelectField
          id="group"
          label="Grouped by"
          choices={report.groupings.map(({ code, title }) => ({ value: code, label: title }))}
          value={group}
          onText={(code) => change(() => regroup({ group: code }))}
        />
        <label className="app-radio">
          <input
            type="checkbox"
            checked={against}
            onChange={(event) => change(() => onAgainst(event.target.checked))}
          />
          <span>Compare with the days before</span>
        </label>
      </div>
      {!wrongForm && (
        <Loaded query={table} words="Drawing the report">
          {(drawn) => (
            <>
              {drawn.unreadable && (
                <p className="app-gate">
                  <strong>
                    <span aria-hidden="true">⚠ </span>
                    {drawn.unreadable}
                  </strong>
                </p>
              )}
              <ReportTable
                table={drawn}
                onNumber={(chosen, button) => {
                  opener.current = button;
                  setPlace(chosen);
                }}
              />
              <p className="app-quiet">
                Drawn {drawn.drawn}.{" "}
                <Button
                  look="link"
                  className="app-no-print"
                  onClick={() => change(() => void table.refetch())}
                >
                  Draw again
                </Button>
              </p>
              <div className="app-actions">
                <Button
                  look="secondary"
                  aria-disabled={save.isPending}
                  onClick={() => !save.isPending && save.mutate()}
                >
                  Save as CSV
                </Button>
                <Button look="secondary" onClick={() => void desk.printPage()}>
                  Print
                </Button>
              </div>
              <p role="status">{save.data && `Saved as ${save.data}`}</p>
              {notSaved && (
                <ProblemNotice problem={notSaved} takesFocus onTryAgain={() => save.mutate()} />
              )}
              {place && (
                <BehindNumber
                  key={`${place.row ?? "total"} ${place.column}`}
                  input={{ ...input, against: false }}
                  place={place}
                  onClose={() => {
                    setPlace(null);
                    opener.current?.focus();
                  }}
                />
              )}
              {drawn.rows.length > 0 && (
                <Suspense fallback={null}>
                  <ReportChart table={drawn} />
                </Suspense>
              )}
              <section aria-labelledby="columns">
                <h2 className="app-h2" id="columns">
                  What the columns count
                </h2>
                <dl className="app-report__columns">
                  {drawn.report.columns.map(({ code, title, words }) => (
                    <div key={code}>
                      <dt>{title}</dt>
                      <dd>{words}</dd>
                    </div>
                  ))}
                </dl>
              </section>
            </>
          )}
        </Loaded>
      )}
    </Page>
  );
}

/** Days by one press, or typed. */
function DaysForm({
  days,
  presets,
  messages: [wrongFrom, wrongTo],
  onDays,
}: {
  days: Days;
  presets: PeriodPresetView[];
  messages: [string, string];
  onDays: (days: Days) => void;
}) {
  const [typed, setTyped] = useState(days);
  return (
    <form
      className="app-report__days app-no-print"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onDays(typed);
      }}
    >
      <div className="app-report__presets" role="group" aria-label="Days">
        {presets.map(({ label, from, to }) => (
          <Button
            key={label}
            look="secondary"
            aria-pressed={from === days.from && to === days.to}
            onClick={() => onDays({ from, to })}
          >
            {label}
          </Button>
        ))}
      </div>
      <TextField
        id="from"
        label="First day"
        width={10}
        placeholder="dd-Mmm-yyyy"
        message={wrongFrom}
        value={typed.from}
        onText={(from) => setTyped({ ...typed, from })}
      />
      <TextField
        id="to"
        label="Last day"
        width={10}
        placeholder="dd-Mmm-yyyy"
        message={wrongTo}
        value={typed.to}
        onText={(to) => setTyped({ ...typed, to })}
      />
      <Button type="submit" look="secondary">
        Show these days
      </Button>
    </form>
  );
}
