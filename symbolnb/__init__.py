"""symbolnb: MXNet's Symbol API for Jupyter."""

from symbolnb import symbol
from symbolnb import symbol as sym
from symbolnb.graph import naming as name
from symbolnb.graph.naming import AttrScope
from symbolnb.context import Context, cpu, cpu_pinned, current_context, gpu, num_gpus
from symbolnb.errors import MXNetError
