import { useEffect, useState } from "react";
import { RouterProvider } from "react-router/dom";
import { createRouter } from "./routes";

/** All pages but the sign-in. Each session has a router of its own. */
export default function App() {
  const [router, setRouter] = useState<ReturnType<typeof createRouter> | null>(null);
  useEffect(() => {
    const made = createRouter();
    // eslint-disable-next-line react-hooks/set-state-in-effect -- a router listens to the browser until it is disposed of
    setRouter(made);
    return () => made.dispose();
  }, []);
  return router && <RouterProvider router={router} />;
}
