import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { Button } from "../../components/Button";
import { EncounterStory } from "../../components/EncounterStory";
import { Loaded } from "../../components/Loaded";
import type { ReportInput } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys } from "../../frame/queries";

/** A number of a report. */
export type NumberPlace = {
  /** Key of the row; none for the total. */
  row: string | null;
  /** Code of the column. */
  column: string;
  /** In words. */
  what: string;
};

type Props = { input: ReportInput; place: NumberPlace; onClose: () => void };

/** The events of the audit record that a number counts. */
export function BehindNumber({ input, place, onClose }: Props) {
  const { desk } = useFrame();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const asked = { order: input, row: place.row, column: place.column };
  const behind = useQuery({
    queryKey: keys.behind(asked),
    queryFn: () => desk.behindNumber(asked),
    staleTime: Infinity,
  });
  return (
    <section className="app-card app-no-print" aria-labelledby="behind">
      <h2 className="app-h2" id="behind" tabIndex={-1} ref={heading}>
        Events behind {place.what}
      </h2>
      <Loaded query={behind} words="Looking up the events">
        {({ events, leftOut }) => (
          <>
            {leftOut && <p className="app-quiet">{leftOut}</p>}
            <div className="app-report__table" tabIndex={0} role="group" aria-label="Events">
              <table className="nhsuk-table">
                <thead className="nhsuk-table__head">
                  <tr>
                    {["Event", "When", "What", "Who", "Counts", "Because of", "Encounter"].map(
                      (title) => (
                        <th scope="col" className="nhsuk-table__header" key={title}>
                          {title}
                        </th>
                      ),
                    )}
                  </tr>
                </thead>
                <tbody className="nhsuk-table__body">
                  {events.map((event) => (
                    <tr key={event.number}>
                      <th scope="row" className="nhsuk-table__cell">
                        {event.number}
                      </th>
                      <td className="nhsuk-table__cell">{event.at}</td>
                      <td className="nhsuk-table__cell">
                        {!event.readable && <span aria-hidden="true">⚠ </span>}
                        {event.what}
                      </td>
                      <td className="nhsuk-table__cell">{event.user || "Nobody"}</td>
                      <td className="nhsuk-table__cell">{event.amount}</td>
                      <td className="nhsuk-table__cell">{event.because}</td>
                      <td className="nhsuk-table__cell app-report__id">
                        <EncounterStory encounterId={event.encounter} words={event.encounter} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </>
        )}
      </Loaded>
      <Button look="secondary" onClick={onClose}>
        Close
      </Button>
    </section>
  );
}
