import { useQuery } from "@tanstack/react-query";
import { Button } from "../../components/Button";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import type { ReportsView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys } from "../../frame/queries";
import { useTyped } from "../../frame/typed";
import { ReportPage } from "./ReportPage";
import type { Days } from "./ReportPage";

/** For supervisors: the reports that the audit record answers, each with what it counts. */
export function ReportsPage({ reportId }: { reportId: string | null }) {
  const { desk } = useFrame();
  const reports = useQuery({
    queryKey: keys.reports,
    queryFn: () => desk.reports(),
    staleTime: 3_600_000,
  });
  return (
    <div className="app-pad">
      <Loaded query={reports} words="Fetching the reports">
        {(all) => <Opened all={all} reportId={reportId} />}
      </Loaded>
    </div>
  );
}

/** The days stay when another report or page is opened: a supervisor looks at one month from many sides. */
function Opened({ all, reportId }: { all: ReportsView; reportId: string | null }) {
  const first = all.presets[0];
  const begin: Days = { from: first?.from ?? "", to: first?.to ?? "" };
  const [{ days, against }, change] = useTyped("reports", { days: begin, against: false });
  const report = all.reports.find((one) => one.id === reportId);
  if (!report) return <List all={all} />;
  return (
    <ReportPage
      key={report.id}
      report={report}
      presets={all.presets}
      days={days}
      onDays={(chosen) => change({ days: chosen })}
      against={against}
      onAgainst={(on) => change({ against: on })}
    />
  );
}

function List({ all }: { all: ReportsView }) {
  const { go } = useFrame();
  return (
    <Page title="Reports">
      <p>
        Every report is drawn from the audit record alone. Each of its numbers leads to the events
        behind it. That a report was read is recorded.
      </p>
      <ul className="app-plain-list app-reports">
        {all.reports.map((report) => (
          <li key={report.id} className="app-card">
            <h2 className="app-h2">
              <Button
                look="link"
                onClick={() => go({ page: "reports", reportId: report.id })}
              >{`${report.id} ${report.title}`}</Button>
            </h2>
            <p className="app-quiet">{report.definition}</p>
          </li>
        ))}
      </ul>
    </Page>
  );
}
