import { Button } from "../../components/Button";
import type { BookingView } from "../../contract/contract";

/** Bookings with their status, and when the provider was last asked. */
export function BookingTable({
  bookings,
  onOpen,
}: {
  bookings: BookingView[];
  onOpen: (id: string) => void;
}) {
  return (
    <table className="nhsuk-table app-table" aria-label="Bookings">
      <thead>
        <tr>
          <th scope="col">Patient</th>
          <th scope="col">Born</th>
          <th scope="col">NHS number</th>
          <th scope="col">Appointment</th>
          <th scope="col">Service</th>
          <th scope="col">Status</th>
          <th scope="col">Provider asked</th>
          <td />
        </tr>
      </thead>
      <tbody>
        {bookings.map((one) => (
          <tr key={one.id}>
            <th scope="row">{one.patient}</th>
            <td>{one.born}</td>
            <td>{one.nhsNumber}</td>
            <td>
              {one.date} {one.start}
            </td>
            <td>{one.service}</td>
            <td>{one.status}</td>
            <td>{one.statusAsOf}</td>
            <td>
              <Button
                look="secondary"
                aria-label={`Open the booking of ${one.patient}, ${one.date} ${one.start}`}
                onClick={() => onOpen(one.id)}
              >
                Open
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
