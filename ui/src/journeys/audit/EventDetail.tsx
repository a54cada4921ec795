import { useEffect, useRef } from "react";
import { Button } from "../../components/Button";
import { Copyable } from "../../components/Copyable";
import { EncounterStory } from "../../components/EncounterStory";
import { Facts } from "../../components/Facts";
import type { AuditRowView } from "../../contract/contract";
import { Exchanges } from "./Exchanges";
import { Outcome } from "./Outcome";
import { What, Who } from "./What";

/** All that the record holds of an event. Takes focus when it is opened. */
export function EventDetail({ row, onClose }: { row: AuditRowView; onClose: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [row.number]);
  return (
    <section
      className="app-card app-audit__detail"
      aria-labelledby="event"
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      <div className="app-audit__detail-head">
        <h2 className="app-h2" id="event" tabIndex={-1} ref={heading}>
          <What row={row} />
        </h2>
        <Button look="secondary" onClick={onClose}>
          Close <kbd>Esc</kbd>
        </Button>
      </div>
      <Facts
        facts={[
          ["When", `${row.at} ${row.zone}`],
          ["Who", <Who key="who" row={row} whole />],
          [
            "How it ended",
            <Outcome key="outcome" outcome={row.outcome} words={row.outcomeWords} />,
          ],
          ["Kind", row.kind],
          ["Service", row.service],
          ["Desk", [row.device, row.organisation].filter(Boolean).join(", ")],
          [
            "Encounter",
            row.encounter && (
              <>
                <Copyable value={row.encounter} what="encounter id" />
                <br />
                <EncounterStory encounterId={row.encounter} words="Show the whole encounter" />
              </>
            ),
          ],
          ["Patient", row.patient && <code key="patient">{row.patient}</code>],
          ["Personal part", row.personal],
        ]}
      />
      {row.fields.length > 0 && (
        <>
          <h3 className="app-audit__h3">As recorded</h3>
          <Facts facts={row.fields.map(({ name, value }) => [name, value] as const)} />
        </>
      )}
      {row.exchanges.length > 0 && (
        <>
          <h3 className="app-audit__h3">Over the wire</h3>
          <Exchanges exchanges={row.exchanges} />
        </>
      )}
      <h3 className="app-audit__h3">In the chain</h3>
      <p>
        Event {row.number.toLocaleString("en-GB")}, hash{" "}
        <Copyable value={row.hash} what="the event’s hash" />
      </p>
    </section>
  );
}
