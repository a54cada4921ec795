import { Tag } from "nhsuk-react-components";
import { Button } from "../../components/Button";
import { Unbroken } from "../../components/Unbroken";
import type { AvailabilityView, ServiceView } from "../../contract/contract";
import { requiresBooking } from "../../components/requiresBooking";

const shapes: Record<AvailabilityView["state"], string> = {
  asking: "…",
  freeInTime: "●",
  freeOutOfTime: "◐",
  noneFree: "○",
  failed: "✕",
  notAsked: "–",
};

export function ServiceRow({
  service,
  availability,
  choosing,
  onChoose,
  onRefer,
  onAskAgain,
}: {
  service: ServiceView;
  availability: AvailabilityView | undefined;
  choosing: boolean;
  onChoose: () => void;
  /** Refers without a booking; none where the service requires one (BO-2). */
  onRefer: (() => void) | undefined;
  onAskAgain: () => void;
}) {
  const informed =
    service.referralInformation || service.publicInformation || service.professionalPhone;
  return (
    <article className="app-service" aria-labelledby={`service-${service.id}`}>
      <span className="app-service__rank">
        <span className="nhsuk-u-visually-hidden">Rank </span>
        {service.rank}
      </span>
      <div className="app-service__what">
        <h2 className="app-service__name" id={`service-${service.id}`}>
          {service.name}
        </h2>
        <span>{service.kind}</span>
        {service.catchAll && (
          <Tag className="app-label-tag" color="grey">
            Catch-all
          </Tag>
        )}
        {requiresBooking(service) && <Tag className="app-label-tag">Booking required</Tag>}
        {service.capacity && (
          <Tag className="app-label-tag" color="yellow">
            {service.capacity}
          </Tag>
        )}
        {informed && (
          <details className="app-service__more">
            <summary>Information</summary>
            {service.professionalPhone && (
              <p>
                <strong>For professionals only, never for the patient: </strong>
                <span className="app-number">{service.professionalPhone}</span>
              </p>
            )}
            {service.referralInformation && (
              <p>
                <strong>For professionals: </strong>
                {service.referralInformation}
              </p>
            )}
            {service.publicInformation && (
              <p>
                <strong>For the public: </strong>
                {service.publicInformation}
              </p>
            )}
          </details>
        )}
      </div>
      <div className="app-service__where">
        <strong>{service.distance || "Distance not given"}</strong>
        <span>
          <Unbroken text={service.address || "No address given"} />
        </span>
        {service.phone && <span className="app-number">{service.phone}</span>}
      </div>
      <div className="app-service__when">
        <span>{service.opening}</span>
        <span>{service.bookingWords}</span>
      </div>
      <Availability view={availability} onAskAgain={onAskAgain} service={service} />
      <div className="app-service__choices">
        <Button
          look={service.rank === 1 ? "primary" : "secondary"}
          data-choose
          aria-label={`Choose ${service.name}`}
          aria-disabled={choosing}
          onClick={onChoose}
        >
          {choosing ? "Choosing…" : "Choose"}
        </Button>
        {onRefer && (
          <Button
            look="link"
            aria-label={`Refer without a booking: ${service.name}`}
            aria-disabled={choosing}
            onClick={onRefer}
          >
            Refer without a booking
          </Button>
        )}
      </div>
    </article>
  );
}

function Availability({
  view,
  service,
  onAskAgain,
}: {
  view: AvailabilityView | undefined;
  service: ServiceView;
  onAskAgain: () => void;
}) {
  const state = view?.state ?? "asking";
  return (
    <div className={`app-availability app-availability--${state}`} data-state={state}>
      <span className="app-availability__shape" aria-hidden="true">
        {shapes[state]}
      </span>
      <span className="app-availability__words">
        <strong>{state === "asking" ? view?.words || "Asking…" : view?.words}</strong>
        {view?.earliest && <span>Earliest {view.earliest}</span>}
        {view?.problem && <span>{view.problem.title}</span>}
        {view?.asked && <span className="app-quiet">{view.asked}</span>}
        {state === "failed" && (
          <Button look="link" aria-label={`Ask again: ${service.name}`} onClick={onAskAgain}>
            Ask again
          </Button>
        )}
      </span>
    </div>
  );
}
