import { useState } from "react";
import { Button } from "../../components/Button";
import { SelectField } from "../../components/form";
import { ScrolledTable } from "../../components/ScrolledTable";
import type {
  BookingHistoryView,
  DemonstrationView,
  ServiceDiaryView,
} from "../../contract/contract";
import type { Ordering } from "./DemonstrationPage";

/** What the providers hold, and what every system was asked. */
export function BehindTheCounter({
  view,
  ordering,
}: {
  view: DemonstrationView;
  ordering: Ordering;
}) {
  return (
    <>
      <h2 className="app-h2">Behind the counter</h2>
      <Bookings bookings={view.bookings} ordering={ordering} />
      <Diary services={view.services} ordering={ordering} />
      <Documents view={view} />
      <Asked view={view} />
    </>
  );
}

const events = [
  { event: "arrived", words: "Arrived" },
  { event: "fulfilled", words: "Was seen" },
  { event: "noshow", words: "Did not attend" },
  { event: "move", words: "Move to a later time" },
  { event: "cancelled", words: "Cancel at the provider" },
  { event: "past", words: "Let its time be over" },
  { event: "hand_over", words: "Make it another patient’s" },
  { event: "restrict", words: "Let nobody here cancel it" },
  { event: "forget", words: "Lose it at the provider" },
];

function Bookings({ bookings, ordering }: { bookings: BookingHistoryView[]; ordering: Ordering }) {
  return (
    <section aria-labelledby="bookings-held">
      <h3 className="app-trainer__title" id="bookings-held">
        Bookings that the providers hold ({bookings.length})
      </h3>
      {bookings.length === 0 ? (
        <p className="app-quiet">None.</p>
      ) : (
        <ul className="app-plain-list">
          {bookings.map((booking) => (
            <li key={booking.id} className="app-card">
              <p>
                <strong>{booking.patient}</strong> {booking.nhsNumber} · {booking.service} ·{" "}
                {booking.when} · <strong>{booking.status}</strong>
              </p>
              <details>
                <summary>
                  {booking.versions.length === 1
                    ? "1 version"
                    : `${booking.versions.length} versions`}
                </summary>
                <ul>
                  {booking.versions.map((version) => (
                    <li key={version}>{version}</li>
                  ))}
                </ul>
                <p className="app-quiet">
                  {booking.provider}, booking {booking.id}
                  {booking.document && `, announces document ${booking.document}`}
                </p>
              </details>
              {booking.open && (
                <div className="app-trainer__events">
                  {events.map(({ event, words }) => (
                    <Button
                      key={event}
                      look="link"
                      aria-label={`${words}: ${booking.patient}, ${booking.when}`}
                      aria-disabled={ordering.busy}
                      onClick={() =>
                        ordering.give(
                          { order: "booking", booking: booking.id, event },
                          `${words}: ${booking.patient}, ${booking.when}.`,
                        )
                      }
                    >
                      {words}
                    </Button>
                  ))}
                </div>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Diary({ services, ordering }: { services: ServiceDiaryView[]; ordering: Ordering }) {
  const [id, setId] = useState(services[0]?.id ?? "");
  const service = services.find((one) => one.id === id);
  return (
    <section aria-labelledby="diary">
      <h3 className="app-trainer__title" id="diary">
        Diary of a service
      </h3>
      <div className="app-bar">
        <SelectField
          id="diary-service"
          label="Service"
          value={id}
          onText={setId}
          choices={services.map((one) => ({
            value: one.id,
            label: `${one.name} (${one.free} free${one.closed ? ", closed" : ""})`,
          }))}
        />
        {service && (
          <span className="app-trainer__events">
            <Button
              look="secondary"
              aria-disabled={ordering.busy}
              onClick={() =>
                ordering.give(
                  { order: "service", service: id, event: "fill" },
                  `${service.name} has no free times any more.`,
                )
              }
            >
              Fill it
            </Button>
            <Button
              look="secondary"
              aria-disabled={ordering.busy}
              onClick={() =>
                ordering.give(
                  { order: "service", service: id, event: service.closed ? "reopen" : "close" },
                  service.closed
                    ? `${service.name} is in the directory again.`
                    : `${service.name} is closed: no free times, and out of the directory.`,
                )
              }
            >
              {service.closed ? "Put it back into the directory" : "Close it"}
            </Button>
          </span>
        )}
      </div>
      {service && (
        <>
          <p className="app-quiet">
            {service.provider}; {service.note}
          </p>
          <ScrolledTable
            label="Its times"
            heads={["When", "Where", "Who"]}
            rows={service.times.map((time) => [
              time.when,
              time.place,
              time.free ? time.holder : <strong>{time.holder}</strong>,
            ])}
          />
        </>
      )}
    </section>
  );
}

function Documents({ view }: { view: DemonstrationView }) {
  return (
    <section aria-labelledby="documents">
      <h3 className="app-trainer__title" id="documents">
        Documents that arrived with referrals ({view.documents.length})
      </h3>
      {view.documents.length === 0 ? (
        <p className="app-quiet">None.</p>
      ) : (
        <ul className="app-plain-list">
          {view.documents.map((document) => (
            <li key={document.document + document.service} className="app-card">
              <p>
                <strong>{document.title || "A document without a title"}</strong> ·{" "}
                {document.service} · {document.at} · {document.link}
              </p>
              <details>
                <summary>Document {document.document}</summary>
                <pre className="app-trainer__document" tabIndex={0}>
                  {document.text}
                </pre>
              </details>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Asked({ view }: { view: DemonstrationView }) {
  return (
    <section aria-labelledby="asked">
      <h3 className="app-trainer__title" id="asked">
        What the systems were asked
      </h3>
      {view.asked.length === 0 ? (
        <p className="app-quiet">Nothing yet.</p>
      ) : (
        <ScrolledTable
          label="Requests"
          heads={["At", "System", "What"]}
          rows={view.asked.map((asked) => [
            asked.at,
            asked.system,
            <span className="app-trainer__asked">{asked.what}</span>,
          ])}
        />
      )}
    </section>
  );
}
