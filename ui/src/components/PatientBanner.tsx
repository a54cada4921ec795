import type { PatientView } from "../contract/contract";

/** Who the work is about, to the clinical display conventions: always in sight. */
export function PatientBanner({ patient }: { patient: PatientView }) {
  const facts = [
    ["Born", patient.born],
    ["Age", patient.age],
    ["Gender", patient.gender],
    ["NHS number", patient.nhsNumber],
  ] as const;
  return (
    <section className="app-banner" aria-label="Patient">
      <strong className="app-banner__name">{patient.name}</strong>
      <dl className="app-banner__facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
