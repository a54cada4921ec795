import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button";
import { ErrorSummary, messageFor, TextArea, TextField } from "../../components/form";
import { ProblemNotice } from "../../components/ProblemNotice";
import type {
  BookingShownView,
  BookingView,
  CancelResultView,
  Problem,
} from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { problemOf, useRenew } from "../../frame/queries";
import { toProblem } from "../../platform/problem";
import { InformForm } from "../cancel/InformForm";

type Row = {
  booking: BookingView;
  shown?: BookingShownView;
  problem?: Problem;
  result?: CancelResultView;
  confirmed: boolean;
  busy?: string;
};

/** A service cannot run on a day: its bookings are read, confirmed, cancelled one after another, and the patients told (RB-7). */
export function ServiceCloses() {
  const { desk, go, hold, signedIn } = useFrame();
  const renew = useRenew();
  const [serviceId, setServiceId] = useState("");
  const [day, setDay] = useState("");
  const [reason, setReason] = useState("");
  const [rows, setRows] = useState<Row[] | null>(null);
  const [working, setWorking] = useState("");
  const [asked, setAsked] = useState(false);
  const change = (id: string, part: Partial<Row>) =>
    setRows(
      (all) => all?.map((row) => (row.booking.id === id ? { ...row, ...part } : row)) ?? null,
    );
  const find = useMutation({
    mutationFn: () => desk.bookingsOn(serviceId.trim(), day),
    onSuccess: async (found) => {
      setRows(found.map((booking) => ({ booking, confirmed: false })));
      for (const [index, booking] of found.entries()) {
        setWorking(`Reading booking ${index + 1} of ${found.length} from its provider`);
        try {
          const shown = await desk.readBooking({
            bookingId: booking.id,
            encounterId: null,
            url: null,
          });
          change(booking.id, { shown });
        } catch (thrown) {
          change(booking.id, { problem: toProblem(thrown) });
        }
      }
      setWorking("");
    },
  });
  const problem = problemOf(find.error);
  const chosen = (rows ?? []).filter((row) => row.confirmed && row.shown?.canCancel && !row.result);
  const cancelAll = async () => {
    setAsked(true);
    if (chosen.length === 0 || reason.trim().length < 3 || working) return;
    hold(true);
    for (const [index, row] of chosen.entries()) {
      setWorking(`Cancelling ${index + 1} of ${chosen.length}: ${row.booking.patient}`);
      try {
        const result = await desk.cancelBooking(
          {
            url: row.shown?.url ?? "",
            version: row.shown?.version ?? "",
            nameReadBack: true,
            birthDateReadBack: true,
            numberReadBack: true,
            reason,
            rebookId: null,
          },
          () => undefined,
        );
        change(row.booking.id, { result });
      } catch (thrown) {
        change(row.booking.id, { problem: toProblem(thrown) });
      }
    }
    hold(false);
    setWorking("");
    renew();
  };
  return (
    <>
      <form
        className="app-card"
        noValidate
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          if (!find.isPending) find.mutate();
        }}
      >
        <p>For when a service cannot run: its bookings that were made at this desk.</p>
        {problem &&
          (problem.fields.length > 0 ? (
            <ErrorSummary problem={problem} />
          ) : (
            <ProblemNotice problem={problem} takesFocus />
          ))}
        <TextField
          id="serviceId"
          label="Number of the service in the directory"
          width={10}
          inputMode="numeric"
          value={serviceId}
          onText={setServiceId}
          message={messageFor(problem, "serviceId")}
        />
        <TextField
          id="day"
          label="Day"
          type="date"
          value={day}
          onText={setDay}
          message={messageFor(problem, "day")}
        />
        <Button type="submit" aria-disabled={find.isPending}>
          Find the bookings
        </Button>
      </form>
      <p role="status">
        {working ||
          (rows?.length === 0 ? "This desk booked nothing at this service on this day." : "")}
      </p>
      {rows && rows.length > 0 && (
        <>
          <table className="nhsuk-table app-table" aria-label="Bookings of the day">
            <thead>
              <tr>
                <th scope="col">Right one</th>
                <th scope="col">Patient</th>
                <th scope="col">Born</th>
                <th scope="col">NHS number</th>
                <th scope="col">Appointment</th>
                <th scope="col">At the provider</th>
                <th scope="col">Result</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.booking.id}>
                  <td>
                    <input
                      type="checkbox"
                      aria-label={`Checked and to be cancelled: ${row.booking.patient}, ${row.booking.start}`}
                      checked={row.confirmed}
                      disabled={!row.shown?.canCancel || row.result !== undefined}
                      onChange={(event) =>
                        change(row.booking.id, { confirmed: event.target.checked })
                      }
                    />
                  </td>
                  <th scope="row">{row.shown?.patient || row.booking.patient}</th>
                  <td>{row.shown?.born || row.booking.born}</td>
                  <td>{row.shown?.nhsNumber ?? row.booking.nhsNumber}</td>
                  <td>
                    {row.booking.date} {row.booking.start}
                  </td>
                  <td>
                    {row.shown?.status ?? (row.problem ? "Could not be read" : "Being read")}
                    {row.shown?.warning && ` ${row.shown.warning}`}
                  </td>
                  <td>
                    {row.result?.title ?? row.problem?.title}
                    {row.problem && signedIn?.user.mayBook && (
                      <Button look="link" onClick={() => go({ page: "newPatient" })}>
                        Take the patient down anew
                      </Button>
                    )}
                    {row.result?.informPatient && (
                      <InformForm encounterId={row.result.encounterId} url={row.result.url} />
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          <TextArea
            id="reason"
            label="Why they are cancelled"
            rows={2}
            value={reason}
            onText={setReason}
            message={
              asked && reason.trim().length < 3 ? "Say in a few words why they are cancelled" : ""
            }
          />
          <div className="app-actions">
            <Button aria-disabled={working !== ""} onClick={() => void cancelAll()}>
              {`Cancel the ${chosen.length} that are ticked`}
            </Button>
          </div>
          {asked && chosen.length === 0 && rows.every((row) => !row.result) && (
            <p role="alert">
              Tick each booking after comparing name, date of birth and NHS number.
            </p>
          )}
        </>
      )}
    </>
  );
}
