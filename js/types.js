// The view document, version 1, as symbolnb/notebook/view.py writes it. Types only.

/**
 * @typedef {Array<number | null> | null} Shape  null: nothing known; null inside: that dimension unknown
 *
 * @typedef {"added" | "removed" | "changed"} Change
 * @typedef {{what: string, name: string, before: string | null, after: string | null}} Difference
 * @typedef {{name: string, node: number, output: number, change?: Change | null}} ViewInput  change: in one half of a document
 *   of two graphs
 * @typedef {{name: string, shape: Shape, dtype: string | null}} ViewOutput
 * @typedef {{name: string, value: string, default: boolean}} ViewParameter
 * @typedef {"operator" | "input" | "parameter" | "auxiliary" | "label" | "slice" | "state"} ViewKind
 *   slice, state: what the body of a loop sees of a value in each step; a variable with one input
 *
 * @typedef {object} ViewNode
 * @property {number} id
 * @property {string} name
 * @property {string | null} op
 * @property {ViewKind} kind
 * @property {string} family
 * @property {ViewInput[]} inputs
 * @property {ViewOutput[]} outputs
 * @property {ViewParameter[]} parameters
 * @property {Record<string, string>} attributes
 * @property {string[]} group
 * @property {{label: string, line: number} | null} source
 * @property {{multiply_adds: number | null, parameters: number, output_bytes: number | null}} cost
 * @property {string | null} error
 * @property {{how: "given" | "declared" | "inferred", node: number | null} | null} [shape_from]  of a variable; inferred:
 *   from which operator
 *
 * @property {boolean} [again]  is it computed a second time while training?
 * @property {Change | null} [change]  in a document of two graphs
 * @property {Difference[]} [changes]
 * @property {number} [lost]  how many of the last inputs are there no more
 * @property {Partial<Pick<ViewNode, "name" | "op" | "family" | "inputs" | "outputs" | "parameters" | "attributes">> | null} [before]
 * @property {number} [twin]  the node in the other of two graphs that stand side by side
 *
 * @typedef {{nodes: number, operators: number, parameters: number, multiply_adds: number | null}} Totals
 * @typedef {Record<Change, number> & {title: string, heads: Array<{node: number, output: number}>, totals: Totals}} ViewDiff
 *
 * @typedef {{type: string, default: string | null, doc: string}} ViewParameterDoc
 * @typedef {{doc: string, parameters: Record<string, ViewParameterDoc>}} ViewOperator
 *
 * @typedef {object} ViewDocument
 * @property {number} version
 * @property {string} title
 * @property {ViewNode[]} nodes
 * @property {Array<{node: number, output: number}>} heads
 * @property {Record<string, ViewOperator>} operators
 * @property {Totals} totals
 * @property {{planned: number, unplanned: number, held?: number} | null} memory
 * @property {{node: number | null, message: string} | null} error
 * @property {string[]} unknown
 * @property {string[][]} [bodies]  the groups of the bodies of loops and branches with several
 * @property {{multiply_adds: number, usual: number, planned: number, without: number}} [recomputed]  what that costs and saves
 * @property {ViewDiff} [diff]  of two graphs
 * @property {boolean} [beside]  do both stand side by side?
 */

export {};
