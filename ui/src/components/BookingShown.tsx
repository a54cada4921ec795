import type { BookingShownView } from "../contract/contract";
import { Facts } from "./Facts";
import { Unbroken } from "./Unbroken";

/** A booking as its provider has it right now, with what was noted of it here. */
export function BookingShown({ shown }: { shown: BookingShownView }) {
  return (
    <>
      {shown.warning && (
        <p className="app-gate" role="alert">
          <strong>
            <span aria-hidden="true">⚠ </span>
            {shown.warning}
          </strong>
        </p>
      )}
      {shown.changes.length > 0 && (
        <section className="app-gate" aria-labelledby={`changed-${shown.version}`}>
          <h3 className="app-h3" id={`changed-${shown.version}`}>
            <span aria-hidden="true">⚠ </span>The provider has changed it since it was shown here
          </h3>
          <ul>
            {shown.changes.map((change) => (
              <li key={change}>
                <strong>
                  <Unbroken text={change} />
                </strong>
              </li>
            ))}
          </ul>
        </section>
      )}
      <Facts
        facts={[
          ["Status", <strong key="status">{`${shown.status}, asked ${shown.asOf}`}</strong>],
          ["When", shown.when || "Not given by the provider"],
          ["Service", shown.service || "Not given by the provider"],
          ["Service’s phone", shown.servicePhone],
          ["Place", shown.place],
          [
            "Patient",
            [
              shown.patient || "Name not given by the provider",
              shown.born && `born ${shown.born}`,
              `NHS number ${shown.nhsNumber}`,
            ]
              .filter(Boolean)
              .join(", "),
          ],
          ["What for", shown.description],
          ["Made by", shown.madeBy],
          ["Version", shown.version],
        ]}
      />
      {shown.notes.length > 0 && (
        <>
          <h3 className="app-h3">Notes</h3>
          <ul>
            {shown.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
