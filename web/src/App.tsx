import { useEffect, useState } from "react";
import { RouterProvider } from "react-router/dom";
import { createRouter } from "./routes";

/** All pages but the sign-in: a router of its own for everybody who signs in. */
export default function App() {
  const [router, setRouter] = useState<ReturnType<typeof createRouter> | null>(null);
  useEffect(() => {
    const made = createRouter();
    // eslint-disable-next-line react-hooks/set-state-in-effect -- it listens to the browser from when it is made until it is disposed of
    setRouter(made);
    return () => made.dispose();
  }, []);
  return router && <RouterProvider router={router} />;
}
