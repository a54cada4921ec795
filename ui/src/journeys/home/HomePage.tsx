import { useQuery } from "@tanstack/react-query";
import { Button } from "../../components/Button";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import type { EncounterView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import type { Step } from "../../frame/route";
import { keys, useUnfinished } from "../../frame/queries";
import { RecordKeptCard } from "./RecordKeptCard";

export function HomePage() {
  const { desk, go, start, signedIn } = useFrame();
  const unfinished = useUnfinished();
  const encounters = useQuery({ queryKey: keys.encounters, queryFn: () => desk.openEncounters() });
  const bookings = useQuery({ queryKey: keys.bookings, queryFn: () => desk.bookings() });
  const waiting = unfinished.data ?? [];
  return (
    <div className="app-pad">
      <Page
        title="Desk"
        aside={
          <>
            {signedIn?.user.mayBook && (
              <Button onClick={() => go({ page: "newPatient" })}>New patient</Button>
            )}
            <Button look="secondary" onClick={() => go({ page: "bookings" })}>
              Find a patient’s bookings
            </Button>
          </>
        }
      >
        {waiting.length > 0 && (
          <section className="app-waiting" aria-labelledby="waiting">
            <h2 className="app-h2" id="waiting">
              <span aria-hidden="true">⚠ </span>Unfinished work: {waiting.length} to settle first
            </h2>
            <ul className="app-plain-list">
              {waiting.slice(0, 3).map((piece) => (
                <li key={piece.id}>
                  <strong>{piece.patient}</strong> ·{" "}
                  {[
                    piece.what,
                    piece.service,
                    piece.slot,
                    piece.newBooking && `new: ${piece.newBooking}`,
                  ]
                    .filter(Boolean)
                    .join(" · ")}
                  . {piece.known}
                </li>
              ))}
            </ul>
            <Button look="secondary" onClick={() => go({ page: "unfinished" })}>
              Open unfinished work
            </Button>
          </section>
        )}
        {/* In a demonstration nothing is lost that matters. */}
        {signedIn?.user.mayKeepRecord && start.mode === "live" && <RecordKeptCard />}
        <section className="app-card" aria-labelledby="going-on">
          <h2 className="app-h2" id="going-on">
            Encounters to go on with
          </h2>
          <Loaded
            query={encounters}
            words="Fetching encounters"
            isEmpty={(rows) => rows.length === 0}
            empty={
              <p className="app-empty">
                No encounter is open.
                {signedIn?.user.mayBook && " Press “New patient” (Alt+N) when the next call comes."}
              </p>
            }
          >
            {(rows) => (
              <table className="nhsuk-table app-table" aria-labelledby="going-on">
                <thead>
                  <tr>
                    <th scope="col">Patient</th>
                    <th scope="col">Born</th>
                    <th scope="col">NHS number</th>
                    <th scope="col">Started</th>
                    <th scope="col">How far</th>
                    <td />
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row) => (
                    <tr key={row.id}>
                      <th scope="row">{row.patient}</th>
                      <td>{row.born}</td>
                      <td>{row.nhsNumber}</td>
                      <td>
                        {row.started}, {row.startedBy}
                      </td>
                      <td>{row.progress}</td>
                      <td>
                        <Button
                          look="secondary"
                          aria-label={`Go on with ${row.patient}`}
                          onClick={() => void goOn(row.id)}
                        >
                          Go on
                        </Button>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </Loaded>
        </section>
        <section className="app-card" aria-labelledby="recent">
          <h2 className="app-h2" id="recent">
            Recent bookings
          </h2>
          <Loaded
            query={bookings}
            words="Fetching bookings"
            isEmpty={(rows) => rows.length === 0}
            empty={
              <p className="app-empty">
                Nothing has been booked from this desk yet. Bookings appear here once a provider has
                confirmed them.
              </p>
            }
          >
            {(rows) => (
              <table className="nhsuk-table app-table" aria-labelledby="recent">
                <thead>
                  <tr>
                    <th scope="col">Patient</th>
                    <th scope="col">Born</th>
                    <th scope="col">Appointment</th>
                    <th scope="col">Service</th>
                    <th scope="col">Status, as last asked</th>
                    <th scope="col">Booked by</th>
                    <td />
                  </tr>
                </thead>
                <tbody>
                  {rows.slice(0, 20).map((row) => (
                    <tr key={row.id}>
                      <th scope="row">{row.patient}</th>
                      <td>{row.born}</td>
                      <td>
                        {row.date} {row.start}
                      </td>
                      <td>{row.service}</td>
                      <td>{row.status}</td>
                      <td>{row.bookedBy}</td>
                      <td>
                        <Button
                          look="secondary"
                          aria-label={`Open the booking of ${row.patient}, ${row.date} ${row.start}`}
                          onClick={() => go({ page: "booking", bookingId: row.id })}
                        >
                          Open
                        </Button>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </Loaded>
        </section>
      </Page>
    </div>
  );

  /** Into the step the encounter is at. */
  async function goOn(encounterId: string) {
    const view = await desk.encounter(encounterId).catch(() => null);
    go({ page: "encounter", encounterId, step: view ? stepOf(view) : "outcome" });
  }
}

function stepOf({ outcome, bookings, referrals }: EncounterView): Step {
  if (!outcome) return "outcome";
  if (bookings.length > 0) return "confirmation";
  return referrals.length > 0 ? "referral" : "services";
}
